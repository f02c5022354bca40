package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PgServerTest {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static final int FILES = 100;

  @TempDir Path directory;
  private final BlockingQueue<Throwable> ends = new LinkedBlockingQueue<>();
  private PgServer server;

  @BeforeEach
  void start() throws IOException {
    server = PgServer.start(ANY, settings(), this::handle);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    assertThat(server.connectionCount()).isZero();
  }

  private static PgServerSettings settings() {
    return PgServerSettings.storage("test").withTimeouts(1_000, 20_000, 1_000);
  }

  private void handle(PgConnection connection, String text) throws IOException, PgErrorException {
    try {
      answer(connection, text);
    } catch (IOException | RuntimeException e) {
      ends.add(e);
      throw e;
    }
  }

  private void answer(PgConnection connection, String text) throws IOException, PgErrorException {
    switch (text) {
      case "rows" -> {
        connection.rowDescription("a", "b");
        connection.dataRow("1", null);
        connection.dataRow("zwei", connection.option("tenant_id"));
        connection.commandComplete("SELECT 2");
      }
      case "echo" -> {
        CopyStream stream = connection.copyBoth();
        while (stream.receive()) {
          stream.writer().copyData(stream.payload());
        }
        stream.done();
        connection.commandComplete("COPY");
      }
      case "flood" -> {
        CopyStream stream = connection.copyOut();
        ByteBuffer chunk = ByteBuffer.allocateDirect(64 << 10);
        while (true) {
          stream.writer().copyData(chunk.clear());
        }
      }
      case "file" -> {
        CopyStream stream = connection.copyOut();
        try (FileChannel file = FileChannel.open(directory.resolve("file"))) {
          ByteBuffer head = ByteBuffer.wrap(new byte[] {'w', 1});
          stream.writer().copyData(head, file, 1000, 300_000);
        }
        stream.done();
        connection.commandComplete("COPY");
      }
      case "files while a virtual thread reads" -> {
        CopyStream stream = connection.copyBoth();
        Thread reader = Thread.ofVirtual().start(() -> readToTheEnd(stream));
        try (FileChannel file = FileChannel.open(directory.resolve("file"))) {
          for (int i = 0; i < FILES; i++) {
            stream.writer().copyData(ByteBuffer.allocate(1), file, 0, 400_000);
          }
        }
        stream.done();
        joined(reader);
        connection.commandComplete("COPY");
      }
      case "bug" -> throw new IllegalStateException("a secret of the server");
      default -> throw new PgErrorException(SqlState.SYNTAX_ERROR, "unknown: " + text);
    }
  }

  private void readToTheEnd(CopyStream stream) {
    try {
      while (stream.receive()) {
        // Nothing is expected.
      }
    } catch (IOException | PgErrorException e) {
      ends.add(e);
    }
  }

  private static void joined(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private PgClientSettings client() throws IOException {
    return PgClientSettings.of(server.address(), "u", "d")
        .with("options", "-c tenant_id=abc")
        .withTimeouts(5_000, 20_000, 5_000);
  }

  @Test
  void rowsAndErrorsComeBackAndTheConnectionStaysUsable() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      QueryResult result = client.query("rows");

      assertThat(result.columns()).containsExactly("a", "b");
      assertThat(result.rows().get(0)).containsExactly("1", null);
      assertThat(result.rows().get(1)).containsExactly("zwei", "abc");
      assertThatThrownBy(() -> client.query("x"))
          .isInstanceOfSatisfying(
              PgErrorException.class, e -> assertThat(e.sqlState()).isEqualTo("42601"));
      assertThat(client.query("rows").commandTag()).isEqualTo("SELECT 2");
      assertThat(client.parameterStatus("client_encoding")).isEqualTo("UTF8");
    }
  }

  @Test
  void copyBothCarriesAnyPayloadBothWays() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      CopyStream stream = client.copyBoth("echo");
      Random random = new Random(7);
      for (int i = 0; i < 300; i++) {
        byte[] payload = new byte[i % 10 == 0 ? 128 << 10 : random.nextInt(500)];
        random.nextBytes(payload);
        stream
            .writer()
            .copyData(
                ByteBuffer.wrap(payload, 0, payload.length / 2),
                ByteBuffer.wrap(payload, payload.length / 2, payload.length - payload.length / 2));
        assertThat(stream.receive()).isTrue();
        assertThat(stream.payload()).isEqualTo(ByteBuffer.wrap(payload));
      }
      stream.done();
      assertThat(stream.receive()).isFalse();
      assertThat(stream.end()).isEqualTo(CopyStream.End.DONE);
      client.finishCopy();
      assertThat(client.query("rows").rows()).hasSize(2);
    }
  }

  @Test
  void aPartOfAFileIsSentAsOneMessage() throws Exception {
    byte[] content = new byte[400_000];
    new Random(3).nextBytes(content);
    Files.write(directory.resolve("file"), content);
    try (PgClient client = PgClient.connect(client())) {
      CopyStream stream = client.copyOut("file");

      assertThat(stream.receive()).isTrue();
      assertThat(stream.payload().getShort()).isEqualTo((short) ('w' << 8 | 1));
      assertThat(stream.payload()).isEqualTo(ByteBuffer.wrap(content, 1000, 300_000));
      assertThat(stream.receive()).isFalse();
      client.finishCopy();
    }
  }

  /// A virtual thread's read makes the socket non-blocking underneath, for the writer too.
  @Test
  void filesAreSentWholeWhileAVirtualThreadReads() throws Exception {
    byte[] content = new byte[400_000];
    new Random(4).nextBytes(content);
    Files.write(directory.resolve("file"), content);
    ByteBuffer expected = ByteBuffer.allocate(1 + content.length).put((byte) 0).put(content).flip();
    try (PgClient client = PgClient.connect(client())) {
      CopyStream stream = client.copyBoth("files while a virtual thread reads");

      for (int i = 0; i < FILES; i++) {
        assertThat(stream.receive()).isTrue();
        assertThat(stream.payload()).isEqualTo(expected);
      }
      stream.done();
      assertThat(stream.receive()).isFalse();
      client.finishCopy();
    }
  }

  @Test
  void aUnixDomainSocketWorksAlike() throws Exception {
    SocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (PgServer unix = PgServer.start(address, settings(), this::handle);
        PgClient client = PgClient.connect(PgClientSettings.of(unix.address(), "u", "d"))) {
      assertThat(client.query("rows").rows()).hasSize(2);
    }
  }

  @Test
  void garbageGetsOneErrorAndIsClosed() throws Exception {
    byte[] hello = startup();
    for (byte[] garbage :
        List.of(
            "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII),
            new byte[] {0, 0, 0, 0, 0, 0},
            new byte[] {0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5},
            concat(hello, new byte[] {'Q', 0, 0, 0, 3}),
            concat(hello, new byte[] {'Q', 0x7F, 0, 0, 3}),
            concat(hello, new byte[] {(byte) 200, 0, 0, 0, 4}),
            concat(hello, new byte[] {'Q', 0, 0, 0, 6, 'a', 'b'}))) {
      String answer = exchange(garbage);
      assertThat(answer).contains("SFATAL").contains("C08P01");
    }
    try (PgClient client = PgClient.connect(client())) {
      assertThat(client.query("rows").rows()).hasSize(2);
    }
  }

  @Test
  void anInternalErrorIsToldWithoutItsText() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      assertThatThrownBy(() -> client.query("bug"))
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("XX000")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void aClientThatSaysNothingIsDropped() throws Exception {
    try (Socket socket = new Socket(ANY.getAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aClientThatStopsReadingIsDropped() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      client.copyOut("flood");
      assertThat(ends.poll(20, TimeUnit.SECONDS))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("read nothing for 1000 ms");
    }
  }

  @Test
  void aSilentServerIsGivenUp() throws Exception {
    try (PgServer silent =
            PgServer.start(
                ANY,
                settings(),
                (connection, _) -> {
                  CopyStream stream = connection.copyBoth();
                  while (stream.receive()) {}
                });
        PgClient client =
            PgClient.connect(
                PgClientSettings.of(silent.address(), "u", "d").withTimeouts(5_000, 500, 500))) {
      CopyStream stream = client.copyBoth("wait");
      assertThatThrownBy(stream::receive).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aTakenPortIsOneClearError() throws Exception {
    assertThatThrownBy(() -> PgServer.start(server.address(), settings(), this::handle))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("cannot listen on")
        .hasMessageContaining(Integer.toString(server.port()));
  }

  @Test
  void thePasswordIsAskedForWhenTheServerWantsIt() throws Exception {
    PgServerSettings checked =
        settings()
            .withConnectionsMax(2)
            .withAuthentication(
                Authentication.cleartext((_, password) -> {
                  if (!password.equals("open")) {
                    throw new PgErrorException(
                        PgError.fatal(SqlState.INVALID_PASSWORD, "wrong password"));
                  }
                }));
    try (PgServer guarded = PgServer.start(ANY, checked, this::handle)) {
      PgClientSettings settings = PgClientSettings.of(guarded.address(), "u", "d");
      assertThatThrownBy(() -> PgClient.connect(settings.withPassword("shut")))
          .hasMessageContaining("28P01");
      try (PgClient client = PgClient.connect(settings.withPassword("open"))) {
        assertThat(client.query("rows").rows()).hasSize(2);
      }
    }
  }

  @Test
  void stockPsqlCanTalkToIt() throws Exception {
    Process psql =
        new ProcessBuilder(
                "/usr/lib/postgresql/15/bin/psql",
                "-XAt",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(server.port()),
                "-U",
                "u",
                "-d",
                "d",
                "-c",
                "rows")
            .redirectErrorStream(true)
            .start();
    String output = new String(psql.getInputStream().readAllBytes(), UTF_8);
    assertThat(psql.waitFor()).as(output).isZero();
    assertThat(output).isEqualTo("1|\nzwei|\n");
  }

  private static byte[] startup() {
    byte[] parameters = "user\0u\0\0".getBytes(US_ASCII);
    return ByteBuffer.allocate(8 + parameters.length)
        .putInt(8 + parameters.length)
        .putInt(196608)
        .put(parameters)
        .array();
  }

  private static byte[] concat(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }

  private String exchange(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(ANY.getAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
    }
  }
}
