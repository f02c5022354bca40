package dev.argon.redo.endstate;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The comparison of a replayed data directory with the stopped server's.
///
/// Not compared, because PostgreSQL does not log it: free space maps, what is in unlogged and
/// temporary relations, statistics, `pg_subtrans` and other files that a start makes anew.
public final class EndState {

  private static final Set<String> SLRUS =
      Set.of("pg_xact", "pg_multixact/offsets", "pg_multixact/members", "pg_commit_ts");

  private final Path replayed;
  private final Path server;
  private final Findings findings = new Findings();

  private EndState(Path replayed, Path server) {
    this.replayed = replayed;
    this.server = server;
  }

  /// Compares everything.
  ///
  /// @param replayed the directory a replay wrote
  /// @param server the directory of the server that wrote the log, after a clean stop
  /// @param base what the replay began with: a database that is not in it was created by the log
  public static Findings compare(Path replayed, Path server, Path base)
      throws IOException, CorruptDataException {
    EndState endState = new EndState(replayed, server);
    RelationFiles.compare(replayed, server, base, endState.findings);
    for (String slru : SLRUS) {
      endState.findings.slruPages += endState.compareFiles(slru, "[0-9A-F]{4,}") / 8192;
    }
    endState.findings.preparedTransactions +=
        endState.compareFiles("pg_twophase", "[0-9A-F]{8}") > 0 ? 1 : 0;
    endState.compareFiles("pg_logical", "replorigin_checkpoint");
    endState.compareMapsAndVersions();
    endState.compareCounters();
    return endState.findings;
  }

  /// Byte for byte, names too.
  private long compareFiles(String directory, String pattern) throws IOException {
    Map<String, Path> actual = files(replayed.resolve(directory), pattern);
    Map<String, Path> expected = files(server.resolve(directory), pattern);
    Set<String> names = new TreeSet<>(actual.keySet());
    names.addAll(expected.keySet());
    long bytes = 0;
    for (String name : names) {
      Path one = actual.get(name);
      Path other = expected.get(name);
      if (one == null || other == null) {
        findings.add(
            "%s/%s is only in %s".formatted(directory, name, one == null ? server : replayed));
      } else {
        bytes += compareFile(directory + "/" + name, one, other);
      }
    }
    return bytes;
  }

  private long compareFile(String name, Path actual, Path expected) throws IOException {
    byte[] found = Files.readAllBytes(actual);
    byte[] wanted = Files.readAllBytes(expected);
    if (found.length != wanted.length) {
      findings.add("%s has %d bytes, expected %d".formatted(name, found.length, wanted.length));
    }
    int length = Math.min(found.length, wanted.length);
    int at = Arrays.mismatch(found, 0, length, wanted, 0, length);
    if (at >= 0) {
      findings.add("%s: byte %d is %02X, expected %02X".formatted(name, at, found[at], wanted[at]));
    }
    return wanted.length;
  }

  private static Map<String, Path> files(Path directory, String pattern) throws IOException {
    Map<String, Path> found = new TreeMap<>();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        files
            .filter(file -> file.getFileName().toString().matches(pattern))
            .forEach(file -> found.put(file.getFileName().toString(), file));
      }
    }
    return found;
  }

  private void compareMapsAndVersions() throws IOException {
    findings.relationMaps += compareFiles("global", "pg_filenode\\.map") / 512;
    Set<Path> databases = new TreeSet<>();
    for (Path root : new Path[] {replayed, server}) {
      try (Stream<Path> paths = Files.walk(root, 4)) {
        paths
            .filter(Files::isDirectory)
            .map(root::relativize)
            .filter(path -> path.toString().matches("base/\\d+|pg_tblspc/\\d+/PG_[^/]+/\\d+"))
            .forEach(databases::add);
      }
    }
    for (Path database : databases) {
      findings.relationMaps += compareFiles(database.toString(), "pg_filenode\\.map") / 512;
      compareFiles(database.toString(), "PG_VERSION");
    }
  }

  /// What is next and what is oldest. Numbers that are handed out in advance may be ahead, as after
  /// recovery: they are not behind.
  private void compareCounters() throws IOException, CorruptDataException {
    ControlFile actualFile = control(replayed);
    ControlFile expectedFile = control(server);
    if (!actualFile.parameters().equals(expectedFile.parameters())) {
      findings.add(
          "pg_control: %s, expected %s"
              .formatted(actualFile.parameters(), expectedFile.parameters()));
    }
    CheckPoint actual = actualFile.checkPoint();
    CheckPoint expected = expectedFile.checkPoint();
    same("timeline", actual.timeline(), expected.timeline());
    long next = Integer.toUnsignedLong((int) expected.nextXid());
    long found = Integer.toUnsignedLong((int) actual.nextXid());
    require("next transaction", found >= next && found <= next + 1024, found, next);
    long nextOid = Integer.toUnsignedLong(expected.nextOid());
    long foundOid = Integer.toUnsignedLong(actual.nextOid());
    require("next OID", foundOid >= nextOid && foundOid <= nextOid + 8192, foundOid, nextOid);
    same("next multixact", actual.nextMulti(), expected.nextMulti());
    same("next multixact offset", actual.nextMultiOffset(), expected.nextMultiOffset());
    same("oldest transaction", actual.oldestXid(), expected.oldestXid());
    same("oldest multixact", actual.oldestMulti(), expected.oldestMulti());
    same("oldest commit timestamp", actual.oldestCommitTsXid(), expected.oldestCommitTsXid());
    same("newest commit timestamp", actual.newestCommitTsXid(), expected.newestCommitTsXid());
  }

  private void same(String what, long actual, long expected) {
    require(what, actual == expected, actual, expected);
  }

  private void require(String what, boolean holds, long actual, long expected) {
    if (!holds) {
      findings.add("pg_control: %s is %d, expected %d".formatted(what, actual, expected));
    }
  }

  private static ControlFile control(Path data) throws IOException, CorruptDataException {
    return ControlFile.read(Files.readAllBytes(data.resolve("global/pg_control")));
  }
}
