package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.slru.CommitTimestamps;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Writes the result of a replay as a data directory of a server that was stopped cleanly where the
/// replay ended: its log is one shutdown checkpoint.
///
/// What a log does not say is as after a crash: unlogged relations are empty, there are no
/// statistics, no replication slots, no temporary files. Tablespaces become directories inside.
final class OutDirectory {

  /// What is in them belongs to a run of a server, or is written anew here.
  private static final Set<String> EMPTIED =
      Set.of(
          "pg_wal",
          "pg_xact",
          "pg_multixact/members",
          "pg_multixact/offsets",
          "pg_commit_ts",
          "pg_subtrans",
          "pg_twophase",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_stat",
          "pg_stat_tmp",
          "pg_dynshmem",
          "pg_replslot",
          "pg_tblspc",
          "pg_logical/snapshots",
          "pg_logical/mappings",
          "log");

  private static final Set<String> LEFT_OUT =
      Set.of(
          "postmaster.pid",
          "postmaster.opts",
          "backup_label",
          "backup_label.old",
          "tablespace_map",
          "tablespace_map.old",
          "backup_manifest",
          "recovery.signal",
          "standby.signal",
          "current_logfiles",
          "global/pg_control",
          ReplicationOrigins.FILE);

  /// Temporary relations and files, the relation cache's file.
  private static final Pattern TEMPORARY =
      Pattern.compile("t\\d+_\\d+.*|pgsql_tmp.*|pg_internal\\.init.*");

  private final Path out;
  private final BaseDirectory base;
  private final Forks forks;
  private final ClusterState cluster;
  private final PageCache cache;
  private final FileTasks tasks = new FileTasks();

  OutDirectory(Path out, BaseDirectory base, Forks forks, ClusterState cluster, PageCache cache) {
    this.out = out;
    this.base = base;
    this.forks = forks;
    this.cluster = cluster;
    this.cache = cache;
  }

  /// @param threads that write relations
  void write(ReplayResult result, int threads, boolean sync)
      throws IOException, CorruptDataException {
    copyTree(base.path(), "");
    for (int tablespace : cluster.tablespaces()) {
      String directory = BaseDirectory.tablespaceDirectory(tablespace);
      Files.createDirectories(out.resolve(directory));
      copyTree(base.tablespacePath(tablespace), directory);
    }
    for (ForkFile fork : forks.known()) {
      if (fork.exists) {
        ForkWriter.plan(fork, cache, tasks);
      }
    }
    tasks.run(threads);
    writeDatabases();
    for (Slru slru : Slru.values()) {
      cluster.slru(slru).writeTo(out.resolve(slru.directory()));
    }
    cluster.commitTimestamps().writeTo(out.resolve(CommitTimestamps.DIRECTORY));
    for (Map.Entry<Integer, byte[]> state : cluster.twoPhase().entrySet()) {
      Files.write(out.resolve("pg_twophase/%08X".formatted(state.getKey())), state.getValue());
    }
    cluster.origins().write(out);
    resetUnlogged();
    writeLog(result);
    new Handover(base.path(), out).run(sync);
  }

  // Everything but relations, which follow from the forks, unless replay has never met them.
  private void copyTree(Path from, String prefix) throws IOException, CorruptDataException {
    for (Path entry : Listing.of(from)) {
      String name = entry.getFileName().toString();
      String path = prefix.isEmpty() ? name : prefix + "/" + name;
      if (Files.isDirectory(entry)) {
        if (!isGone(path)) {
          Files.createDirectories(out.resolve(path));
          if (!EMPTIED.contains(path) && !TEMPORARY.matcher(name).matches()) {
            copyTree(entry, path);
          }
        }
      } else if (Files.isRegularFile(entry)
          && !LEFT_OUT.contains(path)
          && !TEMPORARY.matcher(name).matches()
          && !isKnownFork(path, name)) {
        Path target = out.resolve(path);
        tasks.add(
            Files.size(entry),
            () -> Files.copy(entry, target, StandardCopyOption.REPLACE_EXISTING));
      }
    }
  }

  private static final Pattern DATABASE =
      Pattern.compile("base/(\\d+)|global|pg_tblspc/(\\d+)/PG_[^/]+/(\\d+)");

  // A database of the base that was dropped; one made anew in its place is written by replay.
  private boolean isGone(String directory) {
    Matcher matcher = DATABASE.matcher(directory);
    if (!matcher.matches() || directory.equals("global")) {
      return false;
    }
    Forks.Place place = place(matcher);
    return forks.isHidden(place.tablespace(), place.database());
  }

  private static Forks.Place place(Matcher database) {
    if (database.group(1) != null) {
      return new Forks.Place(
          dev.argon.postgres.RelFileNode.DEFAULT_TABLESPACE,
          Integer.parseUnsignedInt(database.group(1)));
    }
    if (database.group(2) == null) {
      return new Forks.Place(dev.argon.postgres.RelFileNode.GLOBAL_TABLESPACE, 0);
    }
    return new Forks.Place(
        Integer.parseUnsignedInt(database.group(2)), Integer.parseUnsignedInt(database.group(3)));
  }

  private boolean isKnownFork(String path, String name) {
    int slash = path.lastIndexOf('/');
    Matcher directory = DATABASE.matcher(slash < 0 ? "" : path.substring(0, slash));
    Matcher file = Forks.FILE_NAME.matcher(name);
    if (!directory.matches() || !file.matches()) {
      return false;
    }
    Forks.Place place = place(directory);
    return forks.isKnown(
        place.tablespace(),
        place.database(),
        Integer.parseUnsignedInt(file.group(1)),
        Forks.forkOf(file));
  }

  private void writeDatabases() throws IOException {
    for (Forks.Place place : cluster.databases()) {
      Path directory = databaseDirectory(place);
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("PG_VERSION"), "15\n");
    }
    for (Map.Entry<Forks.Place, byte[]> map : cluster.relationMaps().entrySet()) {
      Path directory = databaseDirectory(map.getKey());
      if (Files.isDirectory(directory)) {
        Files.write(directory.resolve("pg_filenode.map"), map.getValue());
      }
    }
  }

  private Path databaseDirectory(Forks.Place place) {
    return out.resolve(BaseDirectory.directory(place.tablespace(), place.database()));
  }

  // ResetUnloggedRelations: what has an init fork becomes a copy of it.
  private void resetUnlogged() throws IOException {
    Set<Path> directories = new HashSet<>(Listing.of(out.resolve("base")));
    for (Path tablespace : Listing.of(out.resolve("pg_tblspc"))) {
      for (Path version : Listing.of(tablespace)) {
        directories.addAll(Listing.of(version));
      }
    }
    for (Path directory : directories) {
      Set<String> unlogged = new HashSet<>();
      for (Path file : Listing.of(directory)) {
        Matcher name = Forks.FILE_NAME.matcher(file.getFileName().toString());
        if (name.matches() && Forks.forkOf(name) == Fork.INIT) {
          unlogged.add(name.group(1));
        }
      }
      for (Path file : unlogged.isEmpty() ? Listing.of(out.resolve("-")) : Listing.of(directory)) {
        Matcher name = Forks.FILE_NAME.matcher(file.getFileName().toString());
        if (name.matches() && unlogged.contains(name.group(1))) {
          if (Forks.forkOf(name) != Fork.INIT) {
            Files.delete(file);
          }
        }
      }
      for (String relation : unlogged) {
        Files.copy(directory.resolve(relation + "_init"), directory.resolve(relation));
      }
    }
  }

  private void writeLog(ReplayResult result) throws IOException {
    WalLayout layout = base.layout();
    CheckPoint checkPoint = result.checkPoint();
    int timeline = checkPoint.timeline();
    long lsn = result.end().lsn();
    long time = checkPoint.timeSeconds(); // So that two replays of one log have one result.
    FramedWal record =
        WalRecordWriter.shutdownCheckpoint(
            checkPoint, lsn, result.lastRecordLsn(), time, timeline, layout);
    byte[] prefix = WalRecordWriter.segmentPrefix(lsn, timeline, layout);
    byte[] all = Arrays.copyOf(prefix, prefix.length + record.bytes().length);
    System.arraycopy(record.bytes(), 0, all, prefix.length, record.bytes().length);
    long number = layout.segmentNumber(lsn);
    Path directory = out.resolve("pg_wal");
    Files.createDirectories(directory);
    for (int from = 0; from < all.length; from += layout.segmentSize()) {
      byte[] segment = Arrays.copyOfRange(all, from, from + layout.segmentSize());
      Files.write(directory.resolve(layout.segmentFileName(timeline, number)), segment);
      number++;
    }
    CheckPoint shutdown = checkPoint.asShutdownAt(record.recordLsn(), time);
    byte[] control =
        base.control()
            .withParameters(result.parameters())
            .shutDownAt(record.recordLsn(), shutdown, time)
            .toFile();
    Files.write(out.resolve("global/pg_control"), control);
  }
}
