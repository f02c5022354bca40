package dev.argon.bench;

import dev.argon.cli.stack.ProcessUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// PostgreSQL's own crash recovery of a copy of the cluster; the figures are those of its log line
/// `redo done`, so neither reading of the control file nor the checkpoint at the end counts.
record StockRecovery(Path bin, ProcessUser user) {

  private static final Pattern DONE =
      Pattern.compile(
          "redo done at .* CPU: user: ([0-9.]+) s, system: ([0-9.]+) s, elapsed: ([0-9.]+) s");
  private static final long TIMEOUT_NANOS = 3_600_000_000_000L;
  private static final int POLL_MILLIS = 100;

  RedoFigure run(CrashedCluster cluster, List<String> pinning)
      throws IOException, InterruptedException, BenchException {
    Path copy = cluster.data().resolveSibling("recovered");
    Path log = cluster.data().resolveSibling("recovered.log");
    Trees.delete(copy);
    Program.run(List.of("cp", "-a", cluster.data().toString(), copy.toString()), Map.of());
    Program.run(List.of("sync", "-f", copy.toString()), Map.of());
    List<String> command = new ArrayList<>(pinning);
    command.addAll(user.prefix());
    command.add(bin.resolve("postgres").toString());
    command.addAll(List.of("-D", copy.toString(), "-c", "listen_addresses="));
    command.addAll(List.of("-c", "unix_socket_directories=" + copy, "-c", "shared_buffers=4GB"));
    command.addAll(List.of("-c", "fsync=off", "-c", "max_wal_size=1TB"));
    command.addAll(List.of("-c", "checkpoint_timeout=1d"));
    Process server =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      return await(server, log);
    } finally {
      int _ = new ProcessBuilder("kill", "-QUIT", Long.toString(server.pid())).start().waitFor();
      int _ = server.waitFor();
      Trees.delete(copy);
    }
  }

  private static RedoFigure await(Process server, Path log)
      throws IOException, InterruptedException, BenchException {
    long deadline = System.nanoTime() + TIMEOUT_NANOS;
    while (true) {
      String text = Files.readString(log);
      Matcher done = DONE.matcher(text);
      if (done.find()) {
        return new RedoFigure(
            Double.parseDouble(done.group(3)),
            Double.parseDouble(done.group(1)) + Double.parseDouble(done.group(2)));
      }
      if (!server.isAlive() || System.nanoTime() > deadline) {
        throw new BenchException("PostgreSQL did not recover: " + text.strip());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
