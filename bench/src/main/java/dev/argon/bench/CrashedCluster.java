package dev.argon.bench;

import dev.argon.cli.stack.ProcessUser;
import dev.argon.node.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The data directory of a stock server that was killed after a load: all of the load's WAL lies
/// behind the last checkpoint.
record CrashedCluster(RedoLoad load, Path data) {

  private static final double GIBIBYTE = 1 << 30;

  /// Runs the load until it has written `walGigabytes`, then stops the server at once. A cluster
  /// that an earlier run left in `directory` is taken as it is.
  static CrashedCluster make(
      RedoLoad load,
      double walGigabytes,
      Path directory,
      Path bin,
      HostPort address,
      ProcessUser user,
      Consumer<String> progress)
      throws IOException, InterruptedException, BenchException {
    Path home = directory.resolve(load.word());
    CrashedCluster cluster = new CrashedCluster(load, home.resolve("pgdata"));
    Path complete = home.resolve("complete");
    if (Files.exists(complete)) {
      progress.accept(load.word() + ": using the WAL in " + home);
      return cluster;
    }
    Trees.delete(home);
    Files.createDirectories(home);
    user.give(home);
    progress.accept("%s: writing %.1f GB of WAL in %s".formatted(load.word(), walGigabytes, home));
    try (StockSide server = new StockSide(bin, home, address, settings(load), user, false)) {
      for (List<String> command : load.preparation()) {
        run(command, server);
      }
      String none = Program.sql(server, "checkpoint");
      String start = Program.sql(server, "select pg_current_wal_lsn()") + none;
      double written = 0;
      for (int round = 0; written < walGigabytes; round++) {
        for (List<String> command : load.round(round)) {
          run(command, server);
        }
        String bytes = Program.sql(server, "select pg_current_wal_lsn() - '" + start + "'");
        written = Double.parseDouble(bytes) / GIBIBYTE;
      }
      // What the server still holds back would not be in the log.
      Program.sql(server, "create table end_of_load ()");
      server.crash();
    }
    Files.createFile(complete);
    return cluster;
  }

  private static void run(List<String> command, Side server)
      throws IOException, InterruptedException, BenchException {
    if (command.size() == 1) {
      Program.sql(server, command.getFirst());
    } else {
      Program.run(command, server.environment());
    }
  }

  private static Settings settings(RedoLoad load) {
    Map<String, String> settings = new HashMap<>();
    settings.put("shared_buffers", "1GB");
    settings.put("max_wal_size", "1TB");
    settings.put("checkpoint_timeout", "1d");
    settings.put("fsync", "off");
    settings.put("maintenance_work_mem", "512MB");
    settings.putAll(load.settings());
    return new Settings(settings);
  }
}
