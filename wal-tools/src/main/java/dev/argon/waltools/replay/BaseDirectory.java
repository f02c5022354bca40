package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.control.DatabaseState;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A data directory to start from: a stopped server's, a base backup in plain format, or a copy of
/// a crashed server's. It is only read.
public final class BaseDirectory {

  private static final Pattern TABLESPACE_MAP_LINE = Pattern.compile("(\\d+) (.+)");

  private final Path path;
  private final ControlFile control;
  private final Optional<BackupLabel> label;
  private final Map<Integer, Path> mappedTablespaces;

  private BaseDirectory(
      Path path,
      ControlFile control,
      Optional<BackupLabel> label,
      Map<Integer, Path> mappedTablespaces) {
    this.path = path;
    this.control = control;
    this.label = label;
    this.mappedTablespaces = mappedTablespaces;
  }

  /// Looks at a data directory.
  ///
  /// @throws CorruptDataException if it is none of PostgreSQL 15
  public static BaseDirectory open(Path path) throws IOException, CorruptDataException {
    String version = Files.readString(path.resolve("PG_VERSION")).strip();
    if (!version.equals(Integer.toString(PostgresVersion.V15.major()))) {
      throw new CorruptDataException(
          path + " is a data directory of PostgreSQL " + version + ", not 15");
    }
    ControlFile control = ControlFile.read(Files.readAllBytes(path.resolve("global/pg_control")));
    if (control.catalogVersion() != PostgresVersion.V15.catalogVersion()) {
      throw new CorruptDataException(
          "catalog version %d in %s is not PostgreSQL 15's %d"
              .formatted(control.catalogVersion(), path, PostgresVersion.V15.catalogVersion()));
    }
    if (control.blockSize() != PageCache.PAGE_SIZE) {
      throw new CorruptDataException("blocks of " + control.blockSize() + " bytes in " + path);
    }
    Path labelFile = path.resolve("backup_label");
    Optional<BackupLabel> label =
        Files.exists(labelFile)
            ? Optional.of(BackupLabel.parse(Files.readString(labelFile)))
            : Optional.empty();
    return new BaseDirectory(path, control, label, readTablespaceMap(path));
  }

  private static Map<Integer, Path> readTablespaceMap(Path path) throws IOException {
    Path file = path.resolve("tablespace_map");
    Map<Integer, Path> tablespaces = new HashMap<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        Matcher matcher = TABLESPACE_MAP_LINE.matcher(line);
        if (matcher.matches()) {
          Path location = Path.of(matcher.group(2));
          // A backup in plain format has links of its own; the map is for one in tar format.
          if (!Files.exists(path.resolve("pg_tblspc/" + matcher.group(1)))) {
            tablespaces.put(Integer.parseUnsignedInt(matcher.group(1)), location);
          }
        }
      }
    }
    return tablespaces;
  }

  public Path path() {
    return path;
  }

  public ControlFile control() {
    return control;
  }

  Optional<BackupLabel> label() {
    return label;
  }

  public WalLayout layout() {
    return new WalLayout(PostgresVersion.V15, control.walSegmentSize(), control.systemIdentifier());
  }

  /// Where replay starts: the redo point of the checkpoint that the directory begins with.
  public long startLsn() {
    return label.map(BackupLabel::startLsn).orElse(control.checkPoint().redo());
  }

  public int timeline() {
    return label.map(BackupLabel::timeline).orElse(control.checkPoint().timeline());
  }

  public Consistency consistency() {
    if (label.isPresent()) {
      return label.get().fromStandby()
          ? new Consistency.AtLsn(control.minRecoveryPoint())
          : new Consistency.AtBackupEnd(label.get().startLsn());
    }
    DatabaseState state = control.state();
    return switch (state) {
      case SHUT_DOWN -> new Consistency.FromStart();
      case SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY ->
          new Consistency.AtLsn(control.minRecoveryPoint());
      case STARTUP, SHUTTING_DOWN, IN_CRASH_RECOVERY, IN_PRODUCTION -> new Consistency.AtEnd();
    };
  }

  /// Where a database's files are in a tablespace, relative to a data directory (relpath.c).
  static String directory(int tablespace, int database) {
    String name = Integer.toUnsignedString(database);
    return switch (tablespace) {
      case RelFileNode.GLOBAL_TABLESPACE -> "global";
      case RelFileNode.DEFAULT_TABLESPACE -> "base/" + name;
      default -> tablespaceDirectory(tablespace) + "/" + name;
    };
  }

  static String tablespaceDirectory(int tablespace) {
    return "pg_tblspc/%s/%s".formatted(Integer.toUnsignedString(tablespace), versionDirectory());
  }

  /// `TABLESPACE_VERSION_DIRECTORY`.
  static String versionDirectory() {
    return "PG_%d_%d".formatted(PostgresVersion.V15.major(), PostgresVersion.V15.catalogVersion());
  }

  static String fileName(int relation, int fork) {
    return Integer.toUnsignedString(relation) + Fork.fileSuffix(fork);
  }

  /// The directory of a database of the base.
  Path databasePath(int tablespace, int database) {
    Path mapped = mappedTablespaces.get(tablespace);
    if (mapped != null) {
      return mapped.resolve(versionDirectory()).resolve(Integer.toUnsignedString(database));
    }
    return path.resolve(directory(tablespace, database));
  }

  /// The tablespaces that are there, but for the two that every cluster has.
  java.util.List<Integer> tablespaces() throws IOException {
    java.util.Set<Integer> found = new java.util.TreeSet<>(mappedTablespaces.keySet());
    for (Path entry : Listing.of(path.resolve("pg_tblspc"))) {
      String name = entry.getFileName().toString();
      if (name.matches("\\d+")) {
        found.add(Integer.parseUnsignedInt(name));
      }
    }
    return java.util.List.copyOf(found);
  }

  /// The version's directory in a tablespace.
  Path tablespacePath(int tablespace) {
    Path mapped = mappedTablespaces.get(tablespace);
    return mapped != null
        ? mapped.resolve(versionDirectory())
        : path.resolve(tablespaceDirectory(tablespace));
  }
}
