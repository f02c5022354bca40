package dev.argon.bench;

import dev.argon.cli.stack.ProcessUser;
import dev.argon.node.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Two synchronous `pg_receivewal` behind a stock server: with [#SETTINGS] a commit waits until the
/// server and one of them have it on disk.
final class Receivers implements AutoCloseable {

  /// What the server needs.
  static final Map<String, String> SETTINGS = Map.of("synchronous_standby_names", "ANY 1 (a,b)");

  private static final List<String> NAMES = List.of("a", "b");
  private static final long START_TIMEOUT_NANOS = 60_000_000_000L;
  private static final int POLL_MILLIS = 50;

  private final List<Process> processes = new ArrayList<>();

  /// Starts them and waits until commits can be acknowledged.
  Receivers(Path bin, Path directory, HostPort server, Side side, ProcessUser user)
      throws IOException, InterruptedException, BenchException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
      user.give(directory);
    }
    try {
      for (String name : NAMES) {
        processes.add(start(name, bin, directory.resolve("receiver-" + name), server, side, user));
      }
      long deadline = System.nanoTime() + START_TIMEOUT_NANOS;
      while (!isStreaming(side)) {
        if (System.nanoTime() > deadline) {
          throw new BenchException("the receivers do not stream: see the logs in " + directory);
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (IOException | InterruptedException | BenchException e) {
      stop();
      throw e;
    }
  }

  private static Process start(
      String name, Path bin, Path directory, HostPort server, Side side, ProcessUser user)
      throws IOException, InterruptedException, BenchException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
      user.give(directory);
      // The slot keeps what a receiver has not got; making it needs no commit.
      String _ =
          Program.sql(side, "select pg_create_physical_replication_slot('" + name + "', true)");
    }
    List<String> command = new ArrayList<>(user.prefix());
    command.addAll(
        List.of(
            bin.resolve("pg_receivewal").toString(),
            "--directory=" + directory,
            "--synchronous",
            "--slot=" + name,
            "--no-loop",
            "--dbname=host=%s port=%d user=postgres application_name=%s"
                .formatted(server.host(), server.port(), name)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolveSibling("receiver-" + name + ".log").toFile())
        .start();
  }

  private static boolean isStreaming(Side side)
      throws IOException, InterruptedException, BenchException {
    String count =
        Program.sql(
            side,
            "select count(*) from pg_stat_replication"
                + " where state = 'streaming' and sync_state = 'quorum'");
    return count.equals(Integer.toString(NAMES.size()));
  }

  List<Long> pids() {
    return processes.stream().map(Process::pid).toList();
  }

  private void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroy();
    }
    for (Process process : processes) {
      int _ = process.waitFor();
    }
  }

  @Override
  public void close() throws BenchException {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted: receivers may still run: " + pids());
    }
  }
}
