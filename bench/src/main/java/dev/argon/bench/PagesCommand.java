package dev.argon.bench;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `argon bench pages`.
@Command(
    name = "argon bench pages",
    description = {
      "Pages that are not on the local disk: a sequential scan by PostgreSQL against asking the"
          + " pageserver for the same pages, with and without a longer way to it, and single"
          + " pages.",
      ""
    })
final class PagesCommand implements Callable<Integer> {

  @Option(names = "--scale", description = "times 100,000 rows (13 MB); default ${DEFAULT-VALUE}")
  int scale = 20;

  @Option(
      names = "--delay",
      paramLabel = "MS",
      description = "how much later answers come on the longer way; default ${DEFAULT-VALUE}")
  int delay = 5;

  @Option(
      names = "--window",
      paramLabel = "PAGES",
      description = "neon.readahead_buffer_size; default ${DEFAULT-VALUE}")
  int window = 128;

  @Option(names = "--singles", description = "single pages; default ${DEFAULT-VALUE}")
  int singles = 1000;

  @Option(
      names = "--warm",
      description = "the compute reads other pages first, so that its code is compiled")
  boolean warm;

  @Option(names = "--pairs", description = "measurements of each; default ${DEFAULT-VALUE}")
  int pairs = 10;

  @Mixin OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws Exception {
    PagesReport report =
        new PagesBench(
                new PagesBench.Options(scale, delay, window, singles, pairs, warm),
                BenchMain.launcher(),
                BenchMain.POSTGRES_BIN,
                line -> System.err.println("argon bench: " + line))
            .run();
    output.print(report, () -> text(report));
    return 0;
  }

  private static String text(PagesReport report) {
    return """
    sequential scan, nothing on the local disk: pages per second
    pageserver  %s
    scan        %s
    ratio       %s
    with %d ms more to the pageserver, %d pages ahead, so one window each time: %d pages per second
    scan        %s
    ratio       %s
    a single page: median us
    pageserver  %s
    query       %s (without what it takes with the page in a buffer)
    times the pageserver's  %s
    scale %d; window of both %d pages; %s
    %s\
    """
        .formatted(
            whole(report.direct()),
            whole(report.scan()),
            report.scanRatio(),
            report.delayMillis(),
            report.window(),
            Math.round(report.windowRate()),
            whole(report.delayed()),
            report.delayedRatio(),
            whole(report.directSingle()),
            whole(report.single()),
            report.singleRatio(),
            report.scale(),
            report.window(),
            report.warm() ? "a compute that has read other pages" : "a compute just started",
            report.machine());
  }

  private static String whole(List<Double> figures) {
    return figures.stream().map("%.0f"::formatted).collect(Collectors.joining("  "));
  }
}
