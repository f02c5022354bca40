package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.waltools.StandardOutput;
import dev.argon.waltools.ValueFormats;
import dev.argon.waltools.WalToolsException;
import dev.argon.waltools.log.WalEnd;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.Stack;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `argon wal dump`.
@Command(
    name = "dump",
    description = {
      "Prints WAL records as pg_waldump does, line by line.",
      "",
      "Ends at the end of the log (a note on standard error says where and why); fails if the log"
          + " is damaged and goes on behind the damage."
    })
public final class DumpCommand implements Callable<Integer> {

  private static final int ID_MAX = 255;

  /// `--stats` alone means resource managers and takes nothing that follows.
  static final class BareStatistics implements IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // the library's interface
    public boolean preprocess(
        Stack<String> arguments,
        CommandSpec command,
        ArgSpec option,
        java.util.Map<String, Object> info) {
      if (!info.containsKey("separator")) {
        arguments.push("rmgr");
      }
      return false;
    }
  }

  private final Supplier<Writer> target;

  @Spec @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "PATH",
      description = "a WAL segment file, a directory of them, or a data directory")
  Path path = Path.of("");

  @Option(
      names = {"-s", "--start"},
      paramLabel = "LSN",
      description = "default: the oldest")
  String start = "";

  @Option(
      names = {"-e", "--end"},
      paramLabel = "LSN",
      description = "default: all there is")
  String end = "";

  @Option(
      names = {"-t", "--timeline"},
      paramLabel = "N",
      description = "default: the newest that the history files lead to")
  String timeline = "";

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      description = "at most so many records")
  long limit;

  @Option(
      names = {"-r", "--rmgr"},
      paramLabel = "NAME",
      description = "only records of this resource manager (repeatable)")
  List<String> managers = List.of();

  @Option(
      names = {"-R", "--relation"},
      paramLabel = "SPC/DB/REL",
      description = "only records that refer to blocks of this relation")
  String relation = "";

  @Option(
      names = {"-F", "--fork"},
      description = "only blocks of main, fsm, vm or init")
  String fork = "";

  @Option(
      names = {"-B", "--block"},
      paramLabel = "N",
      description = "with --relation: only this block")
  String block = "";

  @Option(
      names = {"-x", "--xid"},
      paramLabel = "XID",
      description = "only this transaction")
  String transaction = "";

  @Option(
      names = {"-w", "--fullpage"},
      description = "only records with images of pages")
  boolean fullPage;

  @Option(
      names = {"-b", "--bkp-details"},
      description = "a line for each block reference")
  boolean details;

  @Option(
      names = {"-z", "--stats"},
      arity = "0..1",
      fallbackValue = "rmgr",
      paramLabel = "rmgr|record",
      preprocessor = BareStatistics.class,
      description = "counts and sizes instead of records; --stats=record for each kind")
  String statistics = "";

  @Option(names = "--json", description = "one object per line")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  public DumpCommand() {
    this(StandardOutput::new);
  }

  /// @param target opened when there is something to print, and closed
  DumpCommand(Supplier<Writer> target) {
    this.target = target;
  }

  @Override
  public Integer call() throws IOException, CorruptDataException, WalToolsException {
    RecordFilter filter = filter();
    RecordOutput output = output();
    DumpRange range =
        DumpRange.of(
            path, lsn("--start", start), lsn("--end", end), number("--timeline", timeline));
    Optional<WalEnd> logEnd;
    try (Writer writer = target.get()) {
      logEnd = new Dump(range, filter, limit).run(output, !json, writer);
    }
    logEnd.ifPresent(reason -> System.err.println("argon: " + reason));
    return 0;
  }

  private RecordOutput output() {
    if (statistics.isEmpty()) {
      return json ? RecordOutput.json() : RecordOutput.text(details);
    }
    if (!statistics.equals("rmgr") && !statistics.equals("record")) {
      throw misused("--stats=" + statistics + ": rmgr or record");
    }
    return RecordOutput.statistics(statistics.equals("record"), json);
  }

  private RecordFilter filter() {
    if (!block.isEmpty() && relation.isEmpty()) {
      throw misused("--block needs --relation");
    }
    OptionalInt forkNumber = OptionalInt.empty();
    if (!fork.isEmpty()) {
      forkNumber = ValueFormats.fork(fork);
      if (forkNumber.isEmpty()) {
        throw misused("--fork " + fork + ": main, fsm, vm or init");
      }
    }
    Optional<RelFileNode> node = Optional.empty();
    if (!relation.isEmpty()) {
      node = ValueFormats.relation(relation);
      if (node.isEmpty()) {
        throw misused("--relation " + relation + ": TABLESPACE/DATABASE/FILENODE");
      }
    }
    return new RecordFilter(
        managerIds(),
        number("--xid", transaction),
        node,
        forkNumber,
        number("--block", block),
        fullPage);
  }

  private Set<Integer> managerIds() {
    Set<Integer> ids = new HashSet<>();
    for (String name : managers) {
      OptionalInt found =
          IntStream.rangeClosed(0, ID_MAX)
              .filter(ResourceManager::isValid)
              .filter(id -> RecordText.managerName(id).equalsIgnoreCase(name))
              .findFirst();
      if (found.isEmpty()) {
        throw misused("--rmgr " + name + ": " + managerNames());
      }
      ids.add(found.getAsInt());
    }
    return ids;
  }

  private static String managerNames() {
    return IntStream.range(0, RecordDescriptions.BUILT_IN_COUNT)
        .mapToObj(RecordText::managerName)
        .collect(Collectors.joining(", "));
  }

  private long lsn(String option, String text) {
    try {
      return text.isEmpty() ? 0 : Lsn.parse(text).value();
    } catch (IllegalArgumentException e) {
      throw misused(option + ": " + e.getMessage());
    }
  }

  private OptionalInt number(String option, String text) {
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    OptionalInt value = ValueFormats.unsigned(text);
    if (value.isEmpty()) {
      throw misused(option + " " + text + ": not a number below 4294967296");
    }
    return value;
  }

  private ParameterException misused(String what) {
    CommandSpec self = spec;
    if (self == null) {
      throw new IllegalStateException("a command runs through its parser");
    }
    return new ParameterException(self.commandLine(), what);
  }
}
