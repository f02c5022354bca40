package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.JsonCodec;
import dev.argon.node.ProcessStatus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A thousand timelines on which nothing happens, in a process as the local stack starts it.
@Timeout(300)
class IdleTimelinesTest {

  private static final int TIMELINES = 1_000;
  private static final long RSS_KIB_MAX = 300 << 10;

  /// As `ProcessPlan` of the command line has them for a safekeeper.
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xmx128m",
          "-XX:+UseSerialGC",
          "-XX:MaxDirectMemorySize=128m",
          "-XX:+UseCompactObjectHeaders");

  @TempDir Path root;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stopAll() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private Process start() throws Exception {
    Path config = root.resolve("safekeeper.json");
    Files.write(config, JsonCodec.toBytes(TestSafekeeper.config(1, root)));
    Files.deleteIfExists(processFile());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            SafekeeperMain.class.getName(),
            "--config",
            config.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("log").toFile())
            .start();
    processes.add(process);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.exists(processFile()) || !process.isAlive());
    assertThat(process.isAlive()).as(Files.readString(root.resolve("log"))).isTrue();
    return process;
  }

  private Path processFile() {
    return TestSafekeeper.directory(1, root).resolve("process.json");
  }

  private HttpJsonClient http() throws Exception {
    String file = Files.readString(processFile());
    int at = file.indexOf("\"http\"");
    int from = file.indexOf('"', file.indexOf(':', at)) + 1;
    return new HttpJsonClient(HostPort.parse(file.substring(from, file.indexOf('"', from))));
  }

  private static long rssKib(Process process) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new AssertionError("no VmRSS");
  }

  private static long threads(Process process) throws Exception {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      return tasks.count();
    }
  }

  private static long openFiles(Process process) throws Exception {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return files.count();
    }
  }

  private static long diskKib(Path directory) throws Exception {
    Process du =
        new ProcessBuilder("du", "-sk", directory.toString()).redirectErrorStream(true).start();
    String output = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(du.waitFor()).as(output).isZero();
    return Long.parseLong(output.substring(0, output.indexOf('\t')));
  }

  private static String body() {
    return TestSafekeeper.createBody(SafekeeperFixture.START, TestSafekeeper.SYSTEM_ID);
  }

  @Test
  void aThousandIdleTimelinesAreSmallAndStartQuickly() throws Exception {
    Process first = start();
    long emptyKib = rssKib(first);
    long emptyThreads = threads(first);
    HttpJsonClient http = http();
    for (int i = 0; i < TIMELINES; i++) {
      byte[] _ =
          http.send(
              "POST",
              String.format(
                  Locale.ROOT, "/v1/tenant/%s/timeline/%032x", TestSafekeeper.KEY.tenant(), i + 1),
              body().getBytes(StandardCharsets.UTF_8));
    }
    long createdKib = rssKib(first);
    assertThat(threads(first)).isLessThan(emptyThreads + 50); // pools, none for a timeline
    assertThat(openFiles(first)).isLessThan(200);
    long diskKib =
        diskKib(TestSafekeeper.directory(1, root).resolve(TestSafekeeper.KEY.tenant().toString()));
    first.destroy();
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();

    long began = System.nanoTime();
    Process second = start();
    long startMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    ProcessStatus status = http().get("/v1/status", ProcessStatus.class);
    assertThat(status.health()).isEqualTo(ProcessStatus.OK);
    assertThat(status.timelines()).hasSize(TIMELINES);
    long restartedKib = rssKib(second);

    System.out.printf(
        Locale.ROOT,
        "%d idle timelines: RSS %d MB after creation, %d MB after a restart (%d MB with none);"
            + " disk %d KiB; start %d ms%n",
        TIMELINES,
        createdKib >> 10,
        restartedKib >> 10,
        emptyKib >> 10,
        diskKib,
        startMillis);
    assertThat(Map.of("created", createdKib, "restarted", restartedKib))
        .allSatisfy((when, kib) -> assertThat(kib).as(when).isLessThan(RSS_KIB_MAX));
    assertThat(diskKib).isLessThan(TIMELINES * 9L); // a directory and a control file each
  }
}
