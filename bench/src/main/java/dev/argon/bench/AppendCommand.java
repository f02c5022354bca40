package dev.argon.bench;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `argon bench append`.
@Command(
    name = "argon bench append",
    description = {
      "Appends of 128 KiB to one safekeeper, made durable, and the same bytes written and synced"
          + " into plain files on the same disk, in turns.",
      ""
    })
final class AppendCommand implements Callable<Integer> {

  @Option(names = "--appends", description = "of each measurement; default ${DEFAULT-VALUE}")
  int appends = 2048;

  @Option(
      names = "--in-flight",
      description =
          "appends sent before the first of them is acknowledged; 1 waits for each;"
              + " default ${DEFAULT-VALUE}")
  int inFlight = 32;

  @Option(
      names = "--committing",
      description =
          "tell commit LSNs as well: whole segments are then copied to the object store meanwhile")
  boolean committing;

  @Option(names = "--pairs", description = "measurements of each side; default ${DEFAULT-VALUE}")
  int pairs = 10;

  @Mixin OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws Exception {
    AppendReport report =
        new AppendBench(
                new AppendBench.Options(appends, inFlight, committing, pairs),
                BenchMain.POSTGRES_BIN,
                line -> System.err.println("argon bench: " + line))
            .run();
    output.print(report, () -> text(report));
    return 0;
  }

  private static String text(AppendReport report) {
    return """
    MB per second, %d appends of %d KiB, durable
    raw         %s
    growing     %s
    safekeeper  %s
    ratio       %.2f (%.2f to %.2f in %d pairs); to a growing file %.2f
    raw: write and fdatasync for each append, into sparse files of 16 MiB as the safekeeper makes them
    safekeeper: %d appends in flight%s; %.1f appends for a sync; %.0f us of CPU for an append
    %s\
    """
        .formatted(
            report.appends(),
            report.appendBytes() >> 10,
            figures(report.raw()),
            figures(report.rawGrowing()),
            figures(report.safekeeper()),
            report.ratio(),
            report.ratioMin(),
            report.ratioMax(),
            report.raw().size(),
            report.growingRatio(),
            report.inFlight(),
            report.committing() ? ", commit LSNs told, segments copied to the object store" : "",
            report.appendsPerAnswer(),
            report.cpuMicrosPerAppend(),
            report.machine());
  }

  private static String figures(List<Double> figures) {
    return figures.stream().map("%.0f"::formatted).collect(Collectors.joining("  "));
  }
}
