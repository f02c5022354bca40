package dev.argon.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `argon bench` as a process.
@Command(
    name = "argon bench",
    description =
        "The same load on stock PostgreSQL and on Argon, in turns, after one unmeasured run of"
            + " each.",
    footer = {
      "",
      "tpcb     pgbench's TPC-B-like transaction",
      "commit   the latency of a transaction that inserts one row: one client, pinned, against"
          + " receivers",
      "select   pgbench's select by primary key",
      "copy     COPY into an empty table",
      "seqscan  a sequential scan after a restart; on Argon nothing is on the local disk then",
      "append   one safekeeper against a plain file: see `argon bench append --help`",
      "pages    cold pages against the pageserver's own rate: see `argon bench pages --help`",
      "redo     WAL redo against crash recovery: see `argon bench redo --help`"
    })
public final class BenchMain implements Callable<Integer> {

  static final Path POSTGRES_BIN = Path.of("/usr/lib/postgresql/15/bin");

  private static final int FAILED = 1;

  private static final String PIN_FOR_COMMIT = "0:0:1";

  @Parameters(paramLabel = "tpcb|commit|select|copy|seqscan")
  String load = "";

  @Option(
      names = "--against",
      paramLabel = "stock|receivers",
      description =
          "receivers: commits of the stock server also wait for one of two pg_receivewal"
              + " --synchronous on the same disk; default stock, for commit receivers")
  String against = "";

  @Option(
      names = "--pin",
      paramLabel = "CLIENT:SERVER:OTHERS",
      description =
          "processors, as taskset takes them, of pgbench, of PostgreSQL's processes, and of what"
              + " keeps its WAL (receivers; all of Argon's JVMs); default for commit "
              + PIN_FOR_COMMIT
              + ", for others none")
  String pin = "";

  @Option(names = "--scale", description = "times 100,000 rows; default ${DEFAULT-VALUE}")
  int scale = 10;

  @Option(names = "--clients", description = "default ${DEFAULT-VALUE}")
  int clients = 8;

  @Option(names = "--seconds", description = "of each measurement; default ${DEFAULT-VALUE}")
  int seconds = 20;

  @Option(names = "--pairs", description = "measurements of each side; default ${DEFAULT-VALUE}")
  int pairs = 3;

  @Option(names = "--shared-buffers", description = "of both servers; default ${DEFAULT-VALUE}")
  String sharedBuffers = "128MB";

  @Mixin OutputOptions output = new OutputOptions();

  private BenchMain() {}

  public static void main(String[] arguments) {
    String first = arguments.length > 0 ? arguments[0] : "";
    CommandLine line =
        new CommandLine(
            switch (first) {
              case "redo" -> new RedoCommand();
              case "append" -> new AppendCommand();
              case "pages" -> new PagesCommand();
              default -> new BenchMain();
            });
    line.setParameterExceptionHandler((e, _) -> {
      System.err.println("argon: " + e.getMessage() + " (see `argon bench --help`)");
      return 2;
    });
    line.setExecutionExceptionHandler((e, _, _) -> {
      System.err.println("argon: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
      return FAILED;
    });
    int skipped = line.getCommand() instanceof BenchMain ? 0 : 1;
    System.exit(line.execute(Arrays.copyOfRange(arguments, skipped, arguments.length)));
  }

  @Override
  public Integer call() throws Exception {
    Load chosen = Load.parse(load);
    Bench bench =
        new Bench(
            options(chosen),
            launcher(),
            POSTGRES_BIN,
            line -> System.err.println("argon bench: " + line));
    Report report = bench.run(chosen);
    output.print(report, () -> text(chosen, report));
    return 0;
  }

  private BenchOptions options(Load chosen) throws BenchException {
    boolean commit = chosen == Load.COMMIT;
    String side = against.isEmpty() ? (commit ? Against.RECEIVERS : Against.STOCK).word() : against;
    String pins = pin.isEmpty() && commit ? PIN_FOR_COMMIT : pin;
    return new BenchOptions(
        Against.parse(side),
        scale,
        commit ? 1 : clients,
        seconds,
        pairs,
        sharedBuffers,
        pins.isEmpty() ? Optional.empty() : Optional.of(Pinning.parse(pins)));
  }

  static String launcher() throws BenchException {
    String launcher = System.getProperty("argon.launcher", "");
    if (launcher.isEmpty()) {
      throw new BenchException("start argon through its launcher, ./argon");
    }
    return launcher;
  }

  private static String text(Load load, Report report) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        %s
        stock  %s
        argon  %s
        ratio  %.2f (%.2f to %.2f in %d pairs)
        """
            .formatted(
                load.meaning(),
                figures(report.stock()),
                figures(report.argon()),
                report.ratio(),
                report.ratioMin(),
                report.ratioMax(),
                report.stock().size()));
    if (!report.stockTail().isEmpty()) {
      text.append(
          "99th percentile  stock %s; argon %s%n"
              .formatted(figures(report.stockTail()), figures(report.argonTail())));
    }
    if (!report.stockCpuMicros().isEmpty()) {
      text.append(
          "us of CPU a transaction, all but pgbench  stock %s; argon %s; ratio %.2f%n"
              .formatted(
                  figures(report.stockCpuMicros()),
                  figures(report.argonCpuMicros()),
                  report.cpuRatio()));
    }
    if (!report.requestedPages().isEmpty()) {
      text.append(
          "pages that Argon had to get from the pageserver in each run  %s%n"
              .formatted(
                  report.requestedPages().stream()
                      .map(String::valueOf)
                      .collect(Collectors.joining("  "))));
    }
    return text.append(conditions(report)).toString();
  }

  private static String conditions(Report report) {
    String receivers =
        report.against().equals(Against.RECEIVERS.word())
            ? ", synchronous_standby_names 'ANY 1 (a,b)' and two pg_receivewal --synchronous"
            : "";
    String pinned =
        report.pinned().isEmpty()
            ? ""
            : "; processors of client:server:others " + report.pinned() + " on both";
    return """
    scale %d, %d clients, %d s each; shared_buffers %s on both; stock with fsync on%s%s
    %s\
    """
        .formatted(
            report.scale(),
            report.clients(),
            report.seconds(),
            report.sharedBuffers(),
            receivers,
            pinned,
            report.machine());
  }

  private static String figures(java.util.List<Double> figures) {
    return figures.stream().map("%.1f"::formatted).collect(Collectors.joining("  "));
  }
}
