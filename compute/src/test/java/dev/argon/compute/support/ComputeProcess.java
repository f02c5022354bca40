package dev.argon.compute.support;

import dev.argon.compute.ComputeMain;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.server.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A compute as its own process.
public final class ComputeProcess implements AutoCloseable {

  private static final long TIMEOUT_SECONDS = 60;

  private final Process process;
  private final Path directory;
  private final int pgPort;
  private final int httpPort;
  private final HttpClient http = HttpClient.newHttpClient();

  private ComputeProcess(Process process, Path directory, int pgPort, int httpPort) {
    this.process = process;
    this.directory = directory;
    this.pgPort = pgPort;
    this.httpPort = httpPort;
  }

  /// What a spec needs besides what is the same for all tests.
  public record Order(
      String tenant,
      String timeline,
      String mode,
      int pageserverPort,
      List<Integer> safekeeperPorts,
      String extensionLibrary) {}

  /// Starts a compute in a new directory.
  public static ComputeProcess start(Path directory, Order order) throws IOException {
    int pgPort = FreePorts.block(1);
    int httpPort = FreePorts.block(1);
    String safekeepers =
        order.safekeeperPorts().stream()
            .map(port -> "\"127.0.0.1:" + port + "\"")
            .collect(Collectors.joining(", "));
    String spec =
        String.format(
            Locale.ROOT,
            """
            {"format_version": 1, "tenant_id": "%s", "timeline_id": "%s",
             "project_id": "p", "branch_id": "b", "endpoint_id": "ep-test", "mode": %s,
             "pageserver_connstring": "127.0.0.1:%d", "safekeeper_connstrings": [%s],
             "safekeepers_generation": 1, "directory": "%s",
             "pg_address": "127.0.0.1:%d", "http_address": "127.0.0.1:%d",
             "postgres_bin": "%s", "extension_library": "%s", "superuser": "%s",
             "pg_version": 15, "settings": {"shared_buffers": "16MB"}}
            """,
            order.tenant(),
            order.timeline(),
            order.mode(),
            order.pageserverPort(),
            safekeepers,
            directory,
            pgPort,
            httpPort,
            StockCluster.BIN,
            order.extensionLibrary(),
            StockCluster.SUPERUSER);
    Files.createDirectories(directory);
    Path file = directory.resolve("spec.json");
    Files.writeString(file, spec);
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ComputeMain.class.getName(),
                "--spec",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("compute.log").toFile())
            .start();
    return new ComputeProcess(process, directory, pgPort, httpPort);
  }

  public Path data() {
    return directory.resolve("pgdata");
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// What PostgreSQL and the compute have said.
  public String log() throws IOException {
    return Files.readString(directory.resolve("compute.log"));
  }

  public String exitFile() throws IOException {
    return Files.readString(directory.resolve("compute-exit.json"));
  }

  /// Waits until it is running.
  public ComputeProcess awaitRunning() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (System.nanoTime() < until) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IOException("the compute ended: " + log());
      }
      if (statusOrEmpty().contains("\"status\":\"running\"")) {
        return this;
      }
    }
    throw new IOException("the compute does not get running: " + log());
  }

  private String statusOrEmpty() throws InterruptedException {
    try {
      return get("/status");
    } catch (IOException e) {
      return "";
    }
  }

  public String get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(10)).build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + httpPort + path);
  }

  private String send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /// Stops it and returns the LSN of the answer.
  public String terminate(String mode) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/terminate?mode=" + mode))
            .POST(HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(TIMEOUT_SECONDS))
            .build();
    String body = send(request);
    Matcher lsn = Pattern.compile("\"lsn\":\"([0-9A-F/]+)\"").matcher(body);
    if (!lsn.find()) {
      throw new IOException("the answer to terminate: " + body);
    }
    return lsn.group(1);
  }

  /// Waits for the end.
  public int awaitExit() throws IOException, InterruptedException {
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("the compute does not end: " + log());
    }
    return process.exitValue();
  }

  public void kill() {
    process.destroyForcibly();
  }

  /// SIGTERM.
  public void signalStop() {
    process.destroy();
  }

  /// The postmaster's pid.
  public long postmasterPid() throws IOException {
    return Long.parseLong(Files.readAllLines(data().resolve("postmaster.pid")).getFirst().strip());
  }

  /// A session over TCP, with the password.
  public PgClient connect() throws IOException, PgErrorException {
    return PgClient.connect(
        PgClientSettings.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), pgPort),
                StockCluster.SUPERUSER,
                "postgres")
            .withPassword(StockCluster.PASSWORD)
            .withTimeouts(10_000, 60_000, 10_000));
  }

  /// Ends it whatever state it is in, its PostgreSQL too.
  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
