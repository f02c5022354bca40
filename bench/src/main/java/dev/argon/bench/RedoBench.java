package dev.argon.bench;

import dev.argon.cli.stack.ProcessUser;
import dev.argon.node.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Redo of the same WAL by PostgreSQL's crash recovery and by `argon wal verify`, in turns. With
/// one thread both processes are pinned to the same processor, with two to the same two.
final class RedoBench {

  /// @param walGigabytes of each load
  /// @param threads of `wal verify`, each measured on its own
  record Options(List<RedoLoad> loads, double walGigabytes, int pairs, List<Integer> threads) {}

  private static final Path TEMPORARY = Path.of("/var/tmp");

  private final Options options;
  private final StockRecovery recovery;
  private final VerifyRun verify;
  private final Path bin;
  private final ProcessUser user;
  private final Consumer<String> progress;

  RedoBench(Options options, String launcher, Path bin, Consumer<String> progress) {
    this.options = options;
    this.bin = bin;
    this.progress = progress;
    user = ProcessUser.current();
    recovery = new StockRecovery(bin, user);
    verify = new VerifyRun(launcher);
  }

  /// @param kept where crashed clusters are looked for and left; made if it is not there
  RedoReport run(Path kept) throws IOException, InterruptedException, BenchException {
    Files.createDirectories(kept);
    return runIn(kept);
  }

  /// As the other; nothing is left of a run that succeeds.
  RedoReport run() throws IOException, InterruptedException, BenchException {
    try (RunDirectory own =
        new RunDirectory(Files.createTempDirectory(TEMPORARY, "argon-bench-redo"), progress)) {
      return own.succeeded(runIn(own.path()));
    }
  }

  private RedoReport runIn(Path directory)
      throws IOException, InterruptedException, BenchException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    HostPort address = new HostPort(Bench.HOST, Bench.freePorts());
    List<RedoReport.Row> rows = new ArrayList<>();
    for (RedoLoad load : options.loads()) {
      CrashedCluster cluster =
          CrashedCluster.make(
              load, options.walGigabytes(), directory, bin, address, user, progress);
      for (int threads : options.threads()) {
        rows.add(measure(cluster, threads));
      }
    }
    return RedoReport.of(rows, Bench.machine(bin));
  }

  /// The order changes from pair to pair: what comes second finds a warmer machine.
  private RedoReport.Row measure(CrashedCluster cluster, int threads)
      throws IOException, InterruptedException, BenchException {
    List<String> pinning = List.of("taskset", "-c", threads == 1 ? "0" : "0-" + (threads - 1));
    readOnce(cluster);
    List<RedoReport.Pair> pairs = new ArrayList<>();
    for (int pair = 0; pair < options.pairs(); pair++) {
      RedoFigure stock;
      VerifyRun.Result argon;
      if (pair % 2 == 0) {
        stock = recovery.run(cluster, pinning);
        argon = verify.run(cluster, threads, pinning);
      } else {
        argon = verify.run(cluster, threads, pinning);
        stock = recovery.run(cluster, pinning);
      }
      pairs.add(new RedoReport.Pair(stock, argon));
      RedoReport.Row soFar =
          RedoReport.row(cluster.load().word(), threads, List.of(pairs.getLast()));
      progress.accept(
          ("%s, %d threads, pair %d: stock %,.0f, argon %,.0f, warm %,.0f records/s;"
                  + " CPU for a record: stock %.3f, argon %.3f us")
              .formatted(
                  cluster.load().word(),
                  threads,
                  pair + 1,
                  soFar.stock().getFirst(),
                  soFar.argon().getFirst(),
                  soFar.argonWarm().getFirst(),
                  soFar.stockCpuMicros(),
                  soFar.argonCpuMicros()));
    }
    return RedoReport.row(cluster.load().word(), threads, pairs);
  }

  /// Both sides find all files in the page cache, as far as it has room.
  private static void readOnce(CrashedCluster cluster)
      throws IOException, InterruptedException, BenchException {
    String none =
        Program.run(
            List.of(
                "sh",
                "-c",
                "find \"$0\" -type f -exec cat {} + >/dev/null; sync -f \"$0\"",
                cluster.data().toString()),
            Map.of());
    if (!none.isBlank()) {
      throw new BenchException(none.strip());
    }
  }
}
