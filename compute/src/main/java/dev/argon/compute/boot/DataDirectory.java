package dev.argon.compute.boot;

import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// PostgreSQL's data directory of one start: `pgdata` in the start's directory, accessible to its
/// owner only.
public final class DataDirectory {

  private static final System.Logger LOG = System.getLogger(DataDirectory.class.getName());

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /// What initdb makes (`subdirs`, initdb.c); parents first.
  private static final List<String> SKELETON =
      List.of(
          "global",
          "base",
          "pg_wal",
          "pg_wal/archive_status",
          "pg_commit_ts",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_subtrans",
          "pg_twophase",
          "pg_multixact",
          "pg_multixact/members",
          "pg_multixact/offsets",
          "pg_replslot",
          "pg_tblspc",
          "pg_stat",
          "pg_stat_tmp",
          "pg_xact",
          "pg_logical",
          "pg_logical/snapshots",
          "pg_logical/mappings");

  private final Path path;

  /// Directories that exist, as paths below this one.
  private final Set<String> directories = new HashSet<>(SKELETON);

  private DataDirectory(Path path) {
    this.path = path;
  }

  /// Makes `pgdata` with the directories every cluster has.
  ///
  /// @throws IOException also when there is one already: a start never uses what another left
  public static DataDirectory create(Path startDirectory) throws IOException {
    Path path = startDirectory.resolve("pgdata");
    boolean spread = DirectoryPlacement.spread(startDirectory);
    Files.createDirectory(path, OWNER_ONLY);
    spread = spread && DirectoryPlacement.spread(path);
    for (String directory : SKELETON) {
      Files.createDirectory(path.resolve(directory));
    }
    spread = spread && DirectoryPlacement.spread(path.resolve("base"));
    LOG.log(Level.DEBUG, "subdirectories are spread over the disk: {0}", spread);
    return new DataDirectory(path);
  }

  public Path path() {
    return path;
  }

  /// Makes a directory if it is not there yet.
  ///
  /// @param relative as the pageserver names it; a trailing slash is allowed
  public void directory(String relative) throws IOException, CorruptDataException {
    String name = relative.endsWith("/") ? relative.substring(0, relative.length() - 1) : relative;
    Path target = resolve(name);
    if (directories.add(name)) {
      Files.createDirectories(target);
    }
  }

  /// Writes a file, and the directory it lies in.
  public void file(String relative, byte[] content) throws IOException, CorruptDataException {
    Path target = resolve(relative);
    int slash = relative.lastIndexOf('/');
    if (slash > 0) {
      directory(relative.substring(0, slash));
    }
    Files.write(target, content);
  }

  public void file(String relative, String text) throws IOException, CorruptDataException {
    file(relative, text.getBytes(StandardCharsets.UTF_8));
  }

  /// What the pageserver says must stay inside of the data directory.
  private Path resolve(String relative) throws CorruptDataException {
    Path target = path.resolve(relative).normalize();
    if (relative.isEmpty()
        || relative.indexOf('\0') >= 0
        || !target.startsWith(path)
        || target.equals(path)) {
      throw new CorruptDataException("the boot files name a path outside: \"" + relative + "\"");
    }
    return target;
  }
}
