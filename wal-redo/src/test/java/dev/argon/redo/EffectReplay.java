package dev.argon.redo;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.PageChange;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A storage of everything, in memory, that does what it is told effect by effect: what a
/// pageserver does without versions.
final class EffectReplay implements EffectSink {

  record Database(int tablespace, int database) {}

  final PageStore pages;
  final Map<Slru, NavigableMap<Integer, byte[]>> slrus = new EnumMap<>(Slru.class);
  final Map<Database, byte[]> relationMaps = new HashMap<>();
  final Set<Database> databases = new HashSet<>();
  final Map<Integer, byte[]> twoPhase = new HashMap<>();
  final Map<String, byte[]> auxiliaryFiles = new HashMap<>();
  final Map<Integer, Long> origins = new HashMap<>();
  final List<Long> commitTimes = new ArrayList<>();
  final Map<String, Integer> calls = new TreeMap<>();
  ServerParameters parameters = new ServerParameters(0, false, 0, 0, 0, 0, 0, false);
  private final RedoSettings settings;

  private WalRecord record = new WalRecord();
  private long endLsn;

  /// Pages the current record has touched: none may get two values.
  private final Set<String> touched = new HashSet<>();

  EffectReplay(PageStore pages, RedoSettings settings) {
    this.pages = pages;
    this.settings = settings;
    for (Slru slru : Slru.values()) {
      slrus.put(slru, new TreeMap<>());
    }
  }

  /// Reads what a stopped server's data directory has besides relations.
  static EffectReplay load(Path data, RedoSettings settings) throws IOException {
    EffectReplay replay = new EffectReplay(PageStore.load(data), settings);
    replay.relationMaps.put(
        new Database(RelFileNode.GLOBAL_TABLESPACE, 0),
        Files.readAllBytes(data.resolve("global/pg_filenode.map")));
    try (Stream<Path> directories = Files.list(data.resolve("base"))) {
      for (Path directory : directories.toList()) {
        Database database =
            new Database(
                RelFileNode.DEFAULT_TABLESPACE,
                Integer.parseInt(directory.getFileName().toString()));
        replay.databases.add(database);
        replay.relationMaps.put(database, Files.readAllBytes(directory.resolve("pg_filenode.map")));
      }
    }
    for (Slru slru : Slru.values()) {
      try (Stream<Path> files = Files.list(data.resolve(slru.directory()))) {
        for (Path file : files.toList()) {
          byte[] bytes = Files.readAllBytes(file);
          int first = Integer.parseInt(file.getFileName().toString(), 16) * SlruSegment.PAGES;
          for (int page = 0; page < bytes.length / SlruSegment.PAGE_SIZE; page++) {
            int from = page * SlruSegment.PAGE_SIZE;
            replay
                .slrus
                .getOrDefault(slru, new TreeMap<>())
                .put(
                    first + page,
                    java.util.Arrays.copyOfRange(bytes, from, from + SlruSegment.PAGE_SIZE));
          }
        }
      }
    }
    return replay;
  }

  void begin(WalRecord newRecord, long newEndLsn) {
    record = newRecord;
    endLsn = newEndLsn;
    touched.clear();
  }

  private void count(String call) {
    calls.merge(call, 1, Integer::sum);
  }

  private void touch(String page) {
    if (!touched.add(page)) {
      throw new AssertionError(
          "two values of page " + page + " at " + Lsn.toString(endLsn) + ", " + record);
    }
  }

  private NavigableMap<Integer, byte[]> slru(Slru slru) {
    return slrus.getOrDefault(slru, new TreeMap<>());
  }

  @Override
  public void relationBlock(
      RelFileNode relation, int fork, int block, int blockIndex, boolean willInit) {
    count("relationBlock");
    touch(relation + " " + fork + " " + block);
    ByteBuffer page = pages.page(relation, fork, block);
    if (willInit) {
      page.put(0, new byte[PageStore.PAGE_SIZE]);
    }
    try {
      Redo.apply(page, record, blockIndex, endLsn, settings);
    } catch (CorruptDataException | UnsupportedRecordException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void relationImage(RelFileNode relation, int fork, int block, byte[] page) {
    count("relationImage");
    touch(relation + " " + fork + " " + block);
    pages.page(relation, fork, block).put(0, page);
  }

  @Override
  public void relationChange(RelFileNode relation, int fork, int block, byte[] change) {
    count("relationChange of fork " + fork);
    touch(relation + " " + fork + " " + block);
    if (pages.exists(relation, fork, block)) {
      apply(pages.page(relation, fork, block), change);
    }
  }

  private void apply(ByteBuffer page, byte[] change) {
    try {
      PageChange.apply(page, change, endLsn);
    } catch (CorruptDataException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void relationCreate(RelFileNode relation, int fork) {
    count("relationCreate");
    pages.forks.computeIfAbsent(new PageStore.ForkKey(relation, fork), _ -> new ArrayList<>());
  }

  @Override
  public void relationTruncate(RelFileNode relation, int fork, int blocks) {
    count("relationTruncate of fork " + fork);
    pages.truncate(relation, fork, blocks);
  }

  @Override
  public void relationDrop(RelFileNode relation) {
    count("relationDrop");
    for (int fork = 0; fork < Fork.COUNT; fork++) {
      pages.forks.remove(new PageStore.ForkKey(relation, fork));
    }
  }

  @Override
  public void databaseDrop(int tablespace, int database) {
    count("databaseDrop");
    pages.dropDatabase(tablespace, database);
    databases.remove(new Database(tablespace, database));
    relationMaps.remove(new Database(tablespace, database));
  }

  @Override
  public void databaseCopy(int fromTablespace, int fromDatabase, int tablespace, int database) {
    count("databaseCopy");
    pages.copyDatabase(fromTablespace, fromDatabase, tablespace, database);
    databases.add(new Database(tablespace, database));
    byte[] map = relationMaps.getOrDefault(new Database(fromTablespace, fromDatabase), new byte[0]);
    relationMaps.put(new Database(tablespace, database), map);
  }

  @Override
  public void databaseCreate(int tablespace, int database) {
    count("databaseCreate");
    databases.add(new Database(tablespace, database));
  }

  @Override
  public void relationMap(int tablespace, int database, byte[] map) {
    count("relationMap");
    relationMaps.put(new Database(tablespace, database), map);
  }

  @Override
  public void slruImage(Slru slru, int page, byte[] image) {
    count("slruImage of " + slru);
    touch(slru + " " + page);
    slru(slru).put(page, image);
  }

  @Override
  public void slruChange(Slru slru, int page, byte[] change) {
    count("slruChange of " + slru);
    touch(slru + " " + page);
    byte[] bytes = slru(slru).computeIfAbsent(page, _ -> new byte[SlruSegment.PAGE_SIZE]);
    apply(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), change);
  }

  @Override
  public void slruTruncate(Slru slru, int oldestPage) {
    count("slruTruncate of " + slru);
    slru(slru).keySet().removeIf(page -> slru.isBefore(SlruSegment.ofPage(page), oldestPage));
  }

  @Override
  public void slruDropSegments(Slru slru, int firstSegment, int endSegment) {
    count("slruDropSegments of " + slru);
    for (int segment = firstSegment; segment != endSegment; ) {
      int dropped = segment;
      slru(slru).keySet().removeIf(page -> SlruSegment.ofPage(page) == dropped);
      segment = segment == slru.lastSegment() ? 0 : segment + 1;
    }
  }

  @Override
  public void twoPhaseCreate(int transactionId, byte[] state) {
    count("twoPhaseCreate");
    twoPhase.put(transactionId, state);
  }

  @Override
  public void twoPhaseRemove(int transactionId) {
    count("twoPhaseRemove");
    twoPhase.remove(transactionId);
  }

  @Override
  public void commitTime(long timestampMicros) {
    commitTimes.add(timestampMicros);
  }

  @Override
  public void auxiliaryFile(String path, byte[] content) {
    count("auxiliaryFile");
    if (content.length == 0) {
      auxiliaryFiles.remove(path);
    } else {
      auxiliaryFiles.put(path, content);
    }
  }

  @Override
  public void replicationOrigin(int originId, long remoteLsn) {
    count("replicationOrigin");
    if (remoteLsn == 0) {
      origins.remove(originId);
    } else {
      origins.put(originId, remoteLsn);
    }
  }

  @Override
  public void parametersChanged(ServerParameters changed) {
    parameters = changed;
  }
}
