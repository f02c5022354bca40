package dev.argon.bench;

import dev.argon.cli.stack.ProcessUser;
import dev.argon.node.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A stock cluster, made for the run; its commits wait for its disk as they do by default, and for
/// one of two receivers if it has them.
final class StockSide implements Side {

  private static final long START_TIMEOUT_NANOS = 60_000_000_000L;
  private static final int POLL_MILLIS = 50;

  private final Path bin;
  private final Path data;
  private final HostPort address;
  private final Settings settings;
  private final ProcessUser user;
  private final boolean hasReceivers;
  private @Nullable Process server;
  private @Nullable Receivers receivers;

  /// Makes the cluster and starts it.
  ///
  /// @param hasReceivers whether there are synchronous receivers on the same disk
  StockSide(
      Path bin,
      Path directory,
      HostPort address,
      Settings settings,
      ProcessUser user,
      boolean hasReceivers)
      throws IOException, InterruptedException, BenchException {
    this.bin = bin;
    this.data = directory.resolve("pgdata");
    this.address = address;
    this.settings = settings;
    this.user = user;
    this.hasReceivers = hasReceivers;
    List<String> initdb = new ArrayList<>(user.prefix());
    initdb.addAll(
        List.of(
            bin.resolve("initdb").toString(),
            "-D",
            data.toString(),
            "-U",
            "postgres",
            "--auth=trust",
            "--locale=C.UTF-8",
            "--encoding=UTF8"));
    Program.run(initdb, Map.of());
    start();
  }

  @Override
  public String name() {
    return "stock";
  }

  @Override
  public Map<String, String> environment() {
    return Map.of(
        "PGHOST",
        address.host(),
        "PGPORT",
        Integer.toString(address.port()),
        "PGUSER",
        "postgres",
        "PGDATABASE",
        "postgres");
  }

  private void start() throws IOException, InterruptedException, BenchException {
    List<String> command = new ArrayList<>(user.prefix());
    command.addAll(
        List.of(
            bin.resolve("postgres").toString(),
            "-D",
            data.toString(),
            "-c",
            "listen_addresses=" + address.host(),
            "-c",
            "port=" + address.port(),
            "-c",
            "unix_socket_directories="));
    Map<String, String> values = new HashMap<>(settings.values());
    if (hasReceivers) {
      values.putAll(Receivers.SETTINGS);
    }
    values.forEach((name, value) -> {
      command.add("-c");
      command.add(name + "=" + value);
    });
    Path log = data.resolveSibling("stock.log");
    if (!Files.exists(log)) {
      Files.createFile(log);
    }
    server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    long deadline = System.nanoTime() + START_TIMEOUT_NANOS;
    while (!isReady()) {
      if (!server.isAlive() || System.nanoTime() > deadline) {
        stop();
        throw new BenchException("the stock server did not start: " + Files.readString(log));
      }
      Thread.sleep(POLL_MILLIS);
    }
    if (hasReceivers) {
      startReceivers();
    }
  }

  private void startReceivers() throws IOException, InterruptedException, BenchException {
    try {
      receivers = new Receivers(bin, data.resolveSibling("receivers"), address, this, user);
    } catch (IOException | InterruptedException | BenchException e) {
      stop();
      throw e;
    }
  }

  private boolean isReady() throws IOException, InterruptedException {
    Process ready =
        new ProcessBuilder(
                "pg_isready", "-q", "-h", address.host(), "-p", Integer.toString(address.port()))
            .start();
    return ready.waitFor() == 0;
  }

  private void stop() throws InterruptedException, IOException, BenchException {
    // SIGINT is PostgreSQL's fast shutdown; Process.destroy would wait for clients.
    stop("-INT");
  }

  private void stop(String signal) throws InterruptedException, IOException, BenchException {
    Receivers running = receivers;
    receivers = null;
    if (running != null) {
      running.close();
    }
    stopServer(signal);
  }

  private void stopServer(String signal) throws InterruptedException, IOException {
    Process running = server;
    if (running != null && running.isAlive()) {
      int _ = new ProcessBuilder("kill", signal, Long.toString(running.pid())).start().waitFor();
      int _ = running.waitFor();
    }
  }

  /// Ends the server without a checkpoint (PostgreSQL's immediate shutdown).
  void crash() throws InterruptedException, IOException, BenchException {
    stop("-QUIT");
  }

  @Override
  public SideProcesses processes() throws IOException {
    Receivers running = receivers;
    return new SideProcesses(
        ProcessTable.servers(data.toRealPath()), running == null ? List.of() : running.pids());
  }

  @Override
  public void restart() throws IOException, InterruptedException, BenchException {
    stop();
    start();
  }

  @Override
  public long requestedPages() {
    return 0;
  }

  @Override
  public void close() throws IOException, BenchException {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted: the stock server in " + data + " may still run");
    }
  }
}
