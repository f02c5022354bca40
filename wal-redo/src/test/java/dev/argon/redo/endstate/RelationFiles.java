package dev.argon.redo.endstate;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.redo.page.PageHeader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// All files of relations in two data directories, segment by segment and block by block.
final class RelationFiles {

  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;

  /// `RELSEG_SIZE`: blocks in one file of a fork.
  private static final int SEGMENT_BLOCKS = 131072;

  /// File numbers below were given by initdb (`FirstNormalObjectId`).
  private static final int FIRST_NORMAL_OBJECT = 16384;

  private static final Pattern FILE =
      Pattern.compile(
          "(global|base/(\\d+)|pg_tblspc/(\\d+)/PG_[^/]+/(\\d+))/(\\d+)(_fsm|_vm|_init)?(?:\\.(\\d+))?");

  private final Path replayed;
  private final Path server;
  private final Path base;
  private final Findings findings;
  private final Map<String, RelationFile> actual;
  private final Map<String, RelationFile> expected;

  private RelationFiles(Path replayed, Path server, Path base, Findings findings)
      throws IOException {
    this.replayed = replayed;
    this.server = server;
    this.base = base;
    this.findings = findings;
    this.actual = files(replayed);
    this.expected = files(server);
  }

  /// A file and what its name says.
  private record RelationFile(String directory, RelFileNode relation, int fork, int segment) {}

  static void compare(Path replayed, Path server, Path base, Findings findings)
      throws IOException, CorruptDataException {
    RelationFiles files = new RelationFiles(replayed, server, base, findings);
    Set<String> names = new TreeSet<>(files.actual.keySet());
    names.addAll(files.expected.keySet());
    for (String name : names) {
      files.compare(name);
    }
  }

  private static Map<String, RelationFile> files(Path data) throws IOException {
    Map<String, RelationFile> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String name = data.relativize(file).toString();
        Matcher matcher = FILE.matcher(name);
        if (matcher.matches()) {
          found.put(name, relationFile(matcher));
        }
      }
    }
    return found;
  }

  private static RelationFile relationFile(Matcher name) {
    int tablespace = RelFileNode.DEFAULT_TABLESPACE;
    int database = number(name, 2);
    if (name.group(3) != null) {
      tablespace = number(name, 3);
      database = number(name, 4);
    } else if (database == 0) {
      tablespace = RelFileNode.GLOBAL_TABLESPACE;
    }
    String suffix = name.group(6) == null ? "" : name.group(6);
    int fork = Fork.MAIN;
    while (!Fork.fileSuffix(fork).equals(suffix)) {
      fork++;
    }
    return new RelationFile(
        name.group(1),
        new RelFileNode(tablespace, database, number(name, 5)),
        fork,
        number(name, 7));
  }

  private static int number(Matcher name, int group) {
    return name.group(group) == null ? 0 : Integer.parseUnsignedInt(name.group(group));
  }

  private void compare(String name) throws IOException, CorruptDataException {
    RelationFile file = expected.containsKey(name) ? expected.get(name) : actual.get(name);
    if (file == null || file.fork() == Fork.FREE_SPACE_MAP || isUnlogged(file)) {
      return;
    }
    findings.files++;
    if (!expected.containsKey(name)) {
      findings.add(name + " is not there on the server");
    } else if (!actual.containsKey(name) && file.fork() != Fork.VISIBILITY_MAP) {
      findings.add(name + " is missing");
    } else {
      compareBlocks(name, file);
    }
  }

  /// Of an unlogged relation only the initialisation fork is logged.
  private boolean isUnlogged(RelationFile file) {
    String init =
        file.directory() + "/" + Integer.toUnsignedString(file.relation().relNode()) + "_init";
    return file.fork() != Fork.INIT && expected.containsKey(init);
  }

  private void compareBlocks(String name, RelationFile relationFile)
      throws IOException, CorruptDataException {
    // A map that nobody ever set a bit in is not in the log: it may be missing, as if it were
    // zeros.
    Path file = replayed.resolve(name);
    Path source = Files.exists(file) ? file : Path.of("/dev/null");
    int blocks = blocks(source, name);
    int expectedBlocks = blocks(server.resolve(name), name);
    if (blocks > expectedBlocks) {
      findings.add("%s has %d blocks, expected %d".formatted(name, blocks, expectedBlocks));
    }
    PageComparison comparison = new PageComparison(findings, mapMayLackBits(relationFile));
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer expectedPage = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (InputStream found = new BufferedInputStream(Files.newInputStream(source), 1 << 18);
        InputStream wanted =
            new BufferedInputStream(Files.newInputStream(server.resolve(name)), 1 << 18)) {
      for (int block = 0; block < expectedBlocks; block++) {
        boolean exists = block < blocks;
        page.put(0, exists ? found.readNBytes(PAGE_SIZE) : new byte[PAGE_SIZE]);
        expectedPage.put(0, wanted.readNBytes(PAGE_SIZE));
        int number = relationFile.segment() * SEGMENT_BLOCKS + block;
        String difference =
            comparison.compare(
                page, expectedPage, relationFile.relation(), relationFile.fork(), number);
        if (!difference.isEmpty()) {
          findings.add(
              "%s block %d%s: %s"
                  .formatted(name, number, exists ? "" : " (not there)", difference));
        }
      }
    }
  }

  private int blocks(Path file, String name) throws IOException {
    long size = Files.size(file);
    if (size % PAGE_SIZE != 0) {
      findings.add("%s has %d bytes: no whole number of blocks (%s)".formatted(name, size, file));
    }
    return (int) (size / PAGE_SIZE);
  }

  /// `CREATE DATABASE ... STRATEGY wal_log` logs visibility maps of the template's tables as pages
  /// with a hole, and the map lies in the hole: after replay they are empty, on a standby too.
  private boolean mapMayLackBits(RelationFile file) {
    return file.fork() == Fork.VISIBILITY_MAP
        && Integer.compareUnsigned(file.relation().relNode(), FIRST_NORMAL_OBJECT) < 0
        && !Files.isDirectory(base.resolve(file.directory()));
  }
}
