package dev.argon.bench;

import dev.argon.node.JsonCodec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
      "select   pgbench's select by primary key",
      "copy     COPY into an empty table",
      "seqscan  a sequential scan after a restart; on Argon nothing is on the local disk then",
      "redo     WAL redo against crash recovery: see `argon bench redo --help`"
    })
public final class BenchMain implements Callable<Integer> {

  static final Path POSTGRES_BIN = Path.of("/usr/lib/postgresql/15/bin");

  private static final int FAILED = 1;

  @Parameters(paramLabel = "tpcb|select|copy|seqscan")
  String load = "";

  @Option(names = "--scale", description = "times 100,000 rows; default ${DEFAULT-VALUE}")
  int scale = 10;

  @Option(names = "--clients", description = "default ${DEFAULT-VALUE}")
  int clients = 8;

  @Option(names = "--seconds", description = "of each measurement; default ${DEFAULT-VALUE}")
  int seconds = 20;

  @Option(names = "--pairs", description = "measurements of each side; default ${DEFAULT-VALUE}")
  int pairs = 3;

  @Option(names = "--json", description = "for scripts")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  private BenchMain() {}

  public static void main(String[] arguments) {
    boolean redo = arguments.length > 0 && arguments[0].equals("redo");
    CommandLine line = new CommandLine(redo ? new RedoCommand() : new BenchMain());
    line.setParameterExceptionHandler((e, _) -> {
      System.err.println("argon: " + e.getMessage() + " (see `argon bench --help`)");
      return 2;
    });
    line.setExecutionExceptionHandler((e, _, _) -> {
      System.err.println("argon: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
      return FAILED;
    });
    int first = redo ? 1 : 0;
    System.exit(line.execute(Arrays.copyOfRange(arguments, first, arguments.length)));
  }

  @Override
  public Integer call() throws Exception {
    Load chosen = Load.parse(load);
    Bench bench =
        new Bench(
            new BenchOptions(scale, clients, seconds, pairs),
            launcher(),
            POSTGRES_BIN,
            line -> System.err.println("argon bench: " + line));
    Report report = bench.run(chosen);
    System.out.println(json ? JsonCodec.toPrettyText(report) : text(chosen, report));
    return 0;
  }

  static String launcher() throws BenchException {
    String launcher = System.getProperty("argon.launcher", "");
    if (launcher.isEmpty()) {
      throw new BenchException("start argon through its launcher, ./argon");
    }
    return launcher;
  }

  private static String text(Load load, Report report) {
    return """
    %s
    stock  %s
    argon  %s
    ratio  %.2f (%.2f to %.2f in %d pairs)
    scale %d, %d clients, %d s each; shared_buffers 128MB on both; stock with fsync on
    %s\
    """
        .formatted(
            load.meaning(),
            figures(report.stock()),
            figures(report.argon()),
            report.ratio(),
            report.ratioMin(),
            report.ratioMax(),
            report.stock().size(),
            report.scale(),
            report.clients(),
            report.seconds(),
            report.machine());
  }

  private static String figures(java.util.List<Double> figures) {
    return figures.stream().map("%.1f"::formatted).collect(Collectors.joining("  "));
  }
}
