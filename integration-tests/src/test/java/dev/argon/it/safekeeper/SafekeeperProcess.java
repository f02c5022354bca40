package dev.argon.it.safekeeper;

import dev.argon.it.process.Command;
import dev.argon.it.process.LogTail;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Http;
import dev.argon.postgres.server.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// One safekeeper, as a process of its own, without the rest of a stack; it listens on all
/// addresses of the machine.
final class SafekeeperProcess implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final int LOG_LINES = 60;

  private final Path directory = TestDirectory.create("keeper");
  private final Path log = directory.resolve("log");
  private final KeeperAddress address = new KeeperAddress(1, FreePorts.block(2));
  private final Path config = directory.resolve("safekeeper.json");
  private Process process;

  /// Starts it.
  ///
  /// @param timeouts JSON of the configuration's `timeouts`
  SafekeeperProcess(String timeouts) throws IOException {
    Files.writeString(
        config,
        """
        {"node_id": 1, "directory": "%s", "pg_address": "0.0.0.0:%d", "http_address": "%s:%d",
         "object_store": "%s", "timeouts": %s}
        """
            .formatted(
                Files.createDirectory(directory.resolve("data")),
                address.pgPort(),
                LOOPBACK,
                address.pgPort() + 1,
                Files.createDirectory(directory.resolve("objects")),
                timeouts));
    process = start();
  }

  private Process start() throws IOException {
    int linesBefore = log().size();
    List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >>" + log + " 2>&1"));
    words.addAll(
        List.of(
            "sh",
            java("java"),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:MaxDirectMemorySize=128m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.argon.safekeeper.SafekeeperMain",
            "--config",
            config.toString()));
    Process started = Command.of(words.toArray(String[]::new)).in(directory).start();
    Awaitility.await("start of a safekeeper")
        .atMost(START_LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .failFast(() -> {
          if (!started.isAlive()) {
            throw new AssertionError("it has ended: " + LogTail.of(log, LOG_LINES));
          }
        })
        .until(() -> log().stream().skip(linesBefore).anyMatch(line -> line.contains(" is up: ")));
    return started;
  }

  /// SIGKILL, then something with its files, then a new start.
  void restart(FileWork whileDown) throws IOException {
    RunningProcess.kill(process.pid());
    whileDown.in(directory.resolve("data"));
    process = start();
  }

  /// What is done with the files of a safekeeper that does not run.
  @FunctionalInterface
  interface FileWork {
    void in(Path data) throws IOException;
  }

  static String java(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program).toString();
  }

  KeeperAddress address() {
    return address;
  }

  TestTimeline create(TestTimeline timeline) {
    return address.create(timeline);
  }

  RawConnection open(TestTimeline timeline) throws IOException {
    return address.open(timeline);
  }

  RawConnection connect() throws IOException {
    return address.connect();
  }

  ScriptedProposer proposer(TestTimeline timeline) throws IOException {
    return address.proposer(timeline);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// All lines of its log so far.
  List<String> log() {
    try {
      return Files.readAllLines(log);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new AssertionError("log", e);
    }
  }

  String logTail() {
    return LogTail.of(log, LOG_LINES);
  }

  /// What one connection costs; the same numbers before and after mean that nothing was left.
  ///
  /// @param threads threads of the process that are not the JVM's own
  /// @param sockets open sockets
  /// @param connections reachable objects of ours that stand for a connection or a stream
  /// @param bufferBytes receive buffers that were taken and not given back
  record Held(int threads, int sockets, int connections, long bufferBytes) {}

  /// Counts, after a full collection.
  Held held() {
    String histogram =
        Command.of(java("jcmd"), Long.toString(process.pid()), "GC.class_histogram")
            .run(Duration.ofSeconds(60))
            .ok()
            .out();
    long bufferBytes = bufferBytes(); // first: asking takes a socket, now and then
    return new Held(
        threads(),
        sockets(),
        instances(histogram, "dev\\.argon\\.pgwire\\.PgConnection")
            + instances(histogram, "dev\\.argon\\.safekeeper\\.(push|send|stream)\\.\\w+"),
        bufferBytes);
  }

  private long bufferBytes() {
    String name = "argon_safekeeper_receive_buffer_bytes ";
    return Http.send("GET", address.url() + "/metrics", "")
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }

  private static int instances(String histogram, String type) {
    Matcher matcher =
        Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+" + type + "(\\s.*)?$")
            .matcher(histogram);
    int count = 0;
    while (matcher.find()) {
      count += Integer.parseInt(matcher.group(1));
    }
    return count;
  }

  private int threads() {
    int count = 0;
    for (Path task : list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
      try {
        String name = Files.readString(task.resolve("comm")).strip();
        // compilers and the attach listener come and go as the JVM likes
        if (!name.matches("(C1|C2|GC|VM|Attach|Signal|Common|Reference|Monitor|Service).*")) {
          count++;
        }
      } catch (IOException e) {
        // ended meanwhile
      }
    }
    return count;
  }

  /// Open sockets of the process.
  int sockets() {
    int count = 0;
    for (Path descriptor : list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
      try {
        if (Files.readSymbolicLink(descriptor).toString().startsWith("socket:")) {
          count++;
        }
      } catch (IOException e) {
        // closed meanwhile
      }
    }
    return count;
  }

  private static List<Path> list(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    } catch (IOException e) {
      throw new AssertionError("cannot look into " + directory, e);
    }
  }

  @Override
  public void close() {
    RunningProcess.kill(process.pid());
    TestDirectory.delete(directory);
  }
}
