package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import dev.argon.it.stack.TestForm;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What is typed wrongly, in the way, or not meant for us at all: one clear line, and everything
/// goes on.
class BadInputIT {

  private static Stack stack;

  @BeforeAll
  static void up() {
    stack = new Stack("bad");
    stack.up();
    stack.psql("create table kept as select generate_series(1, 1000) id");
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  @Test
  void wrongWordsGiveOneLineOnStderrAndAFailure() {
    List<List<String>> commands =
        List.of(
            List.of("--nonsense"),
            List.of("fly"),
            List.of("up", "--port-base", "many"),
            List.of("up", "--port-base", "99999999"),
            List.of("branch", "create"),
            List.of("branch", "create", "b", "--at", "yesterday-ish"),
            List.of("branch", "create", "b", "--parent", "nobody"),
            List.of("branch", "delete", "nobody"),
            List.of("endpoint", "start", "nobody"),
            List.of("endpoint", "set", "main", "fsync=off"),
            List.of("endpoint", "set", "main", "no_such_setting=1"),
            List.of("endpoint", "set", "main", "shared_buffers"),
            List.of("connection-string", "nobody"),
            List.of("page", "get", "nonsense"));
    for (List<String> words : commands) {
      Command.Result result = stack.argon(words.toArray(String[]::new));

      assertThat(result.exitCode()).as("exit code of %s", result).isNotZero();
      assertThat(result.err().strip().lines()).as("lines on stderr of %s", result).hasSize(1);
      assertThat(result.err()).as("%s", result).doesNotContain("Exception").doesNotContain("null");
      assertThat(result.out()).as("%s", result).isBlank();
    }
    assertWorks();
  }

  @Test
  void takenPortIsNamedAndNothingIsLeftRunning() throws IOException {
    try (Stack second = new Stack("port")) {
      int port = second.portBase() + 1;
      Command.Result result;
      try (ServerSocket taken = new ServerSocket()) {
        taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        result = second.upCommand().run(Duration.ofMinutes(2));
      }

      assertThat(result.exitCode()).isNotZero();
      assertThat(lastLine(result)).contains(Integer.toString(port));
      assertThat(second.running()).isEmpty();
      second.up();
      assertThat(second.psql("select 1")).isEqualTo("1");
    }
  }

  @Test
  void twoUpsAtOnceMakeOneStack() {
    try (Stack second = new Stack("twice")) {
      second.argon("--help"); // builds what is not built
      List<CompletableFuture<Command.Result>> ups = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        ups.add(CompletableFuture.supplyAsync(() -> second.upCommand().run(Duration.ofMinutes(3))));
      }
      List<Command.Result> results = ups.stream().map(CompletableFuture::join).toList();

      assertThat(results).anyMatch(result -> result.exitCode() == 0);
      results.stream()
          .filter(result -> result.exitCode() != 0)
          .forEach(result -> assertThat(lastLine(result)).contains("another"));
      assertThat(second.jvms("PageserverMain")).hasSize(1);
      assertThat(second.jvms("SafekeeperMain")).hasSize(3);
      assertThat(second.jvms("ControlPlaneMain")).hasSize(1);
      assertThat(second.jvms("ComputeMain")).hasSize(1);
      assertThat(second.psql("select 1")).isEqualTo("1");
    }
  }

  @Test
  void directoryOfAnotherFormatVersionIsRefused() throws IOException {
    stack.down();
    Path file = stack.data().resolve("argon.json");
    String good = Files.readString(file);
    String other = good.replaceFirst("(\"format_version\"\\s*:\\s*)\\d+", "$1" + 999);
    assertThat(other).isNotEqualTo(good);
    Files.writeString(file, other);

    Command.Result result = stack.upCommand().run(Duration.ofMinutes(1));

    assertThat(result.exitCode()).isNotZero();
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.err()).contains("999");
    assertThat(stack.running()).isEmpty();
    Files.writeString(file, good);
    stack.up();
    assertWorks();
  }

  @Test
  void garbageOnEveryPortHarmsNobody() {
    Random random = new Random(TestForm.seed("garbage"));
    Set<Long> before = pids();
    Set<String> addresses =
        stack.processes().stream()
            .flatMap(process -> process.addresses().values().stream())
            .filter(address -> address.matches(".*:\\d+"))
            .collect(Collectors.toSet());
    assertThat(addresses).hasSizeGreaterThanOrEqualTo(11);

    for (String address : addresses) {
      for (byte[] bytes : garbage(random)) {
        send(address, bytes);
      }
    }

    assertWorks();
    assertThat(pids()).isEqualTo(before);
    assertThat(stack.processes()).allMatch(process -> process.health().equals("ok"));
  }

  @Test
  void clientThatStopsReadingHoldsUpNobody() throws SQLException, IOException {
    ConnectionSource source = stack.source();
    try (var lazy = source.open();
        var statement = lazy.createStatement()) {
      lazy.setAutoCommit(false);
      statement.setFetchSize(10);
      try (var rows =
          statement.executeQuery("select repeat('x', 10000) from generate_series(1, 100000) g")) {
        assertThat(rows.next()).isTrue(); // and reads no further
        assertWorks();
      }
    }
    // requests of the storage protocols whose answers nobody reads
    List<Socket> sockets = new ArrayList<>();
    try {
      for (StackProcess process : stack.processes()) {
        String http = process.addresses().get("http");
        if (http != null) {
          Socket socket = connect(http);
          sockets.add(socket);
          byte[] request =
              "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
                  .repeat(200)
                  .getBytes(StandardCharsets.US_ASCII);
          sendQuietly(socket, request);
        }
      }
      assertWorks();
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static List<byte[]> garbage(Random random) {
    List<byte[]> all = new ArrayList<>();
    for (int size : new int[] {1, 8, 100, 100_000}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      all.add(bytes);
    }
    all.add(new byte[] {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 3, 0, 0}); // huge length
    all.add(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 3, 0, 0});
    all.add(new byte[] {0, 0, 0, 8, 4, (byte) 0xd2, 22, 47}); // SSLRequest, then nothing
    all.add(new byte[] {0, 0, 0, 9, 0, 3, 0, 0, 0}); // a startup without a user
    all.add("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    all.add(
        "POST /v1/tenant HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{{{{"
            .getBytes(StandardCharsets.US_ASCII));
    all.add(("GET /" + "a".repeat(100_000)).getBytes(StandardCharsets.US_ASCII));
    return all;
  }

  private static void send(String address, byte[] bytes) {
    try (Socket socket = connect(address)) {
      socket.setSoTimeout(200);
      sendQuietly(socket, bytes);
      socket.shutdownOutput();
      byte[] answer = new byte[1000];
      while (socket.getInputStream().read(answer) > 0) {
        // whatever it says
      }
    } catch (IOException e) {
      // closed in our face: that is an answer too
    }
  }

  private static Socket connect(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    Socket socket = new Socket();
    socket.connect(
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
        5000);
    return socket;
  }

  private static void sendQuietly(Socket socket, byte[] bytes) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      // it closed before we were done
    }
  }

  private static String lastLine(Command.Result result) {
    List<String> lines = result.err().strip().lines().toList();
    return lines.isEmpty() ? "" : lines.getLast();
  }

  private static Set<Long> pids() {
    return stack.processes().stream().map(StackProcess::pid).collect(Collectors.toSet());
  }

  private static void assertWorks() {
    assertThat(stack.psql("select count(*) from kept")).isEqualTo("1000");
  }
}
