package dev.argon.waltools.show;

import dev.argon.postgres.Fork;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.page.Page;
import dev.argon.waltools.StandardOutput;
import dev.argon.waltools.ValueFormats;
import dev.argon.waltools.WalToolsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `argon page show`.
@Command(
    name = "show",
    description = {
      "Prints what is on a page of a PostgreSQL 15 relation: header, line pointers, tuples, what"
          + " the access method keeps. What does not fit is said, with the bytes.",
      "",
      "A running server's newest pages are in its memory: CHECKPOINT writes them."
    })
public final class ShowCommand implements Callable<Integer> {

  /// `RELSEG_SIZE`: a file of a relation has so many blocks, the next one is called `.1`.
  private static final int BLOCKS_PER_FILE = 131_072;

  private static final Pattern FILE_NAME =
      Pattern.compile("\\d+(_fsm|_vm|_init)?(?:\\.([0-9]{1,5}))?");

  @Spec @Nullable CommandSpec spec;

  @Parameters(
      arity = "1..2",
      paramLabel = "[FILE] BLOCK",
      description = "a relation's file and the block in that file; without --relation")
  List<String> arguments = new ArrayList<>();

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "the data directory --relation is in")
  @Nullable Path dataDirectory;

  @Option(
      names = "--relation",
      paramLabel = "SPC/DB/REL",
      description = "instead of FILE; BLOCK then counts from the relation's beginning")
  String relation = "";

  @Option(names = "--fork", description = "of --relation: main (default), fsm, vm or init")
  String fork = "main";

  @Option(
      names = "--kind",
      description =
          "read the page as this kind: heap, sequence, btree, hash, gin, gist, spgist,"
              + " brin, vm, fsm; default: what the page says it is")
  String kind = "";

  @Option(names = "--hex", description = "add the bytes in hexadecimal")
  boolean hexadecimal;

  @Option(names = "--json", description = "one object")
  boolean json;

  @Option(names = "--raw", description = "the 8192 bytes as they are")
  boolean raw;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  /// A page's place.
  ///
  /// @param blockInFile counted from the file's beginning
  /// @param block counted from the relation's beginning
  private record Place(Path file, long blockInFile, long block) {}

  @Override
  public Integer call() throws IOException, WalToolsException {
    Optional<PageKind> forced = kind.isEmpty() ? Optional.empty() : PageKind.parse(kind);
    if (!kind.isEmpty() && forced.isEmpty()) {
      throw misused("--kind " + kind + ": see the help");
    }
    Place place = relation.isEmpty() ? placeInFile() : placeInRelation();
    byte[] page = read(place);
    try (StandardOutput output = new StandardOutput()) {
      if (raw) {
        output.write(page);
        return 0;
      }
      PageKind of = forced.orElseGet(() -> kindOf(page, place.file));
      PageText text = PageText.of(page, place.block, of);
      if (json) {
        output.write(text.json() + "\n");
      } else {
        for (String line : text.lines(hexadecimal || !text.problems().isEmpty())) {
          output.write(line + "\n");
        }
      }
    }
    return 0;
  }

  /// A map's file says what it is better than its pages.
  private static PageKind kindOf(byte[] page, Path file) {
    Matcher name = FILE_NAME.matcher(String.valueOf(file.getFileName()));
    PageKind recognised = PageKind.recognise(page);
    if (recognised == PageKind.NEW || !name.matches() || name.group(1) == null) {
      return recognised;
    }
    return switch (name.group(1)) {
      case "_fsm" -> PageKind.FREE_SPACE_MAP;
      case "_vm" -> PageKind.VISIBILITY_MAP;
      default -> recognised;
    };
  }

  private Place placeInFile() {
    if (arguments.size() != 2) {
      throw misused("FILE and BLOCK, or --data-dir, --relation and BLOCK");
    }
    Path file = Path.of(arguments.getFirst());
    long block = block(arguments.getLast());
    Matcher name = FILE_NAME.matcher(String.valueOf(file.getFileName()));
    long segment = name.matches() && name.group(2) != null ? Long.parseLong(name.group(2)) : 0;
    return new Place(file, block, segment * BLOCKS_PER_FILE + block);
  }

  private Place placeInRelation() {
    Path directory = dataDirectory;
    if (arguments.size() != 1 || directory == null) {
      throw misused("--relation needs --data-dir and BLOCK alone");
    }
    RelFileNode node =
        ValueFormats.relation(relation)
            .orElseThrow(
                () -> misused("--relation " + relation + ": TABLESPACE/DATABASE/FILENODE"));
    OptionalInt forkNumber = ValueFormats.fork(fork);
    if (forkNumber.isEmpty()) {
      throw misused("--fork " + fork + ": main, fsm, vm or init");
    }
    long block = block(arguments.getFirst());
    long segment = block / BLOCKS_PER_FILE;
    String name =
        Integer.toUnsignedString(node.relNode())
            + Fork.fileSuffix(forkNumber.getAsInt())
            + (segment == 0 ? "" : "." + segment);
    return new Place(
        directory.resolve(databaseDirectory(node)).resolve(name), block % BLOCKS_PER_FILE, block);
  }

  private static String databaseDirectory(RelFileNode node) {
    String database = Integer.toUnsignedString(node.dbNode());
    return switch (node.spcNode()) {
      case RelFileNode.GLOBAL_TABLESPACE -> "global";
      case RelFileNode.DEFAULT_TABLESPACE -> "base/" + database;
      default ->
          "pg_tblspc/%s/PG_%d_%d/%s"
              .formatted(
                  Integer.toUnsignedString(node.spcNode()),
                  PostgresVersion.V15.major(),
                  PostgresVersion.V15.catalogVersion(),
                  database);
    };
  }

  private long block(String text) {
    OptionalInt number = ValueFormats.unsigned(text);
    if (number.isEmpty()) {
      throw misused("BLOCK " + text + ": not a number below 4294967296");
    }
    return number.getAsInt() & 0xFFFF_FFFFL;
  }

  private static byte[] read(Place place) throws IOException, WalToolsException {
    byte[] page = new byte[Page.SIZE];
    try (FileChannel channel = FileChannel.open(place.file, StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.wrap(page);
      long start = place.blockInFile * Page.SIZE;
      int count = 0;
      while (buffer.hasRemaining() && count >= 0) {
        count = channel.read(buffer, start + buffer.position());
      }
      if (buffer.hasRemaining()) {
        throw new WalToolsException(
            "%s has %d blocks, no block %d"
                .formatted(place.file, channel.size() / Page.SIZE, place.blockInFile));
      }
    }
    return page;
  }

  private ParameterException misused(String what) {
    CommandSpec self = spec;
    if (self == null) {
      throw new IllegalStateException("a command runs through its parser");
    }
    return new ParameterException(self.commandLine(), what);
  }
}
