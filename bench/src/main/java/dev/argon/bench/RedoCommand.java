package dev.argon.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `argon bench redo`.
@Command(
    name = "argon bench redo",
    description = {
      "Redo of the same WAL by PostgreSQL's crash recovery and by `argon wal verify`, in turns.",
      ""
    },
    footer = {
      "",
      "tpcb    pgbench's TPC-B-like transaction, full_page_writes off",
      "insert  bulk insert into a table with a primary key",
      "index   index builds, updates, deletes and vacuum"
    })
final class RedoCommand implements Callable<Integer> {

  @Option(names = "--loads", description = "default ${DEFAULT-VALUE}")
  String loads = "tpcb,insert,index";

  @Option(names = "--wal-gb", description = "WAL of each load; default ${DEFAULT-VALUE}")
  double walGigabytes = 3;

  @Option(names = "--pairs", description = "measurements of each side; default ${DEFAULT-VALUE}")
  int pairs = 5;

  @Option(names = "--threads", description = "of wal verify; default ${DEFAULT-VALUE}")
  String threads = "1,2";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "uses the crashed clusters in it, or leaves those it makes there")
  @Nullable Path data;

  @Mixin OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws Exception {
    RedoBench bench =
        new RedoBench(
            new RedoBench.Options(RedoLoad.parse(loads), walGigabytes, pairs, threads()),
            BenchMain.launcher(),
            BenchMain.POSTGRES_BIN,
            line -> System.err.println("argon bench: " + line));
    Path kept = data;
    RedoReport report = kept == null ? bench.run() : bench.run(kept.toAbsolutePath());
    output.print(report, () -> text(report));
    return 0;
  }

  private List<Integer> threads() throws BenchException {
    List<Integer> counts = new ArrayList<>();
    for (String word : threads.split(",", -1)) {
      if (!word.matches("[1-9][0-9]?")) {
        throw new BenchException("--threads: " + threads + " is no list of numbers");
      }
      counts.add(Integer.parseInt(word));
    }
    if (pairs < 1 || walGigabytes <= 0) {
      throw new BenchException("--pairs and --wal-gb: more than 0");
    }
    return counts;
  }

  private static String text(RedoReport report) {
    StringBuilder text = new StringBuilder();
    for (RedoReport.Row row : report.rows()) {
      text.append(
          """
          %s, %d threads: %,d records, %.2f GB of WAL; records per second
            stock           %s, %.3f us of CPU each
            argon, warm     %s
            argon           %s, %.3f us of CPU each of the thread that reads the log
            argon, written  %s
            argon, warm and written  %s
            ratio           %.2f warm (%.2f to %.2f in %d pairs), %.2f warm and written, %.2f from the start, %.2f that written
          """
              .formatted(
                  row.load(),
                  row.threads(),
                  row.records(),
                  row.walBytes() / (double) (1 << 30),
                  figures(row.stock()),
                  row.stockCpuMicros(),
                  figures(row.argonWarm()),
                  figures(row.argon()),
                  row.argonCpuMicros(),
                  figures(row.argonWritten()),
                  figures(row.argonWarmWritten()),
                  row.ratio(),
                  row.ratioMin(),
                  row.ratioMax(),
                  row.stock().size(),
                  row.warmWrittenRatio(),
                  row.coldRatio(),
                  row.writtenRatio()));
    }
    for (RedoReport.Mean mean : report.means()) {
      text.append(
          "geometric mean, %d threads: %.2f warm, %.2f warm and written, %.2f from the start, %.2f that written%n"
              .formatted(
                  mean.threads(),
                  mean.ratio(),
                  mean.warmWrittenRatio(),
                  mean.coldRatio(),
                  mean.writtenRatio()));
    }
    return text.append(report.machine()).toString();
  }

  private static String figures(List<Double> figures) {
    return figures.stream().map("%,.0f"::formatted).collect(Collectors.joining("  "));
  }
}
