package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.slru.CommitTimestamps;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.PageChange;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Everything of a cluster that is not a page of a relation, and what records do to files as
/// wholes. The dispatcher's: it completes the batches under way before it hands a record over that
/// makes blocks go away.
final class ClusterState implements EffectSink {

  private final BaseDirectory base;
  private final Forks forks;
  private final PageCache cache;
  private final InvalidPages invalidPages;
  private final Runnable drain;

  private final Map<Slru, SlruFiles> slrus = new EnumMap<>(Slru.class);
  private final SlruFiles commitTimestamps;
  private final CommitTimestampRange timestampRange = new CommitTimestampRange();

  /// Files `pg_filenode.map` that were written; those of the base otherwise.
  private final Map<Forks.Place, byte[]> relationMaps = new HashMap<>();

  /// Databases that were made.
  private final Set<Forks.Place> databases = new java.util.LinkedHashSet<>();

  private final Set<Integer> tablespaces;
  private final Map<Integer, byte[]> twoPhase = new TreeMap<>();
  private final ReplicationOrigins origins;
  private ServerParameters parameters;
  private boolean parametersChanged;
  private long endLsn;

  ClusterState(
      BaseDirectory base, Forks forks, PageCache cache, InvalidPages invalidPages, Runnable drain)
      throws IOException, CorruptDataException {
    this.base = base;
    this.forks = forks;
    this.cache = cache;
    this.invalidPages = invalidPages;
    this.drain = drain;
    for (Slru slru : Slru.values()) {
      slrus.put(slru, new SlruFiles(base.path().resolve(slru.directory())));
    }
    commitTimestamps = new SlruFiles(base.path().resolve(CommitTimestamps.DIRECTORY));
    origins = ReplicationOrigins.read(base.path());
    parameters = base.control().parameters();
    tablespaces = new TreeSet<>(base.tablespaces());
    for (Path file : Listing.of(base.path().resolve("pg_twophase"))) {
      String name = file.getFileName().toString();
      if (name.matches("[0-9A-F]{8}")) {
        twoPhase.put(Integer.parseUnsignedInt(name, 16), Files.readAllBytes(file));
      }
    }
  }

  /// The record whose effects come next.
  void begin(long recordEndLsn) {
    endLsn = recordEndLsn;
  }

  ServerParameters parameters() {
    return parameters;
  }

  /// Whether the settings changed since the last call.
  boolean takeParametersChanged() {
    boolean changed = parametersChanged;
    parametersChanged = false;
    return changed;
  }

  SlruFiles slru(Slru slru) {
    SlruFiles files = slrus.get(slru);
    if (files == null) {
      throw new IllegalStateException("every SLRU has files");
    }
    return files;
  }

  SlruFiles commitTimestamps() {
    return commitTimestamps;
  }

  CommitTimestampRange timestampRange() {
    return timestampRange;
  }

  Map<Forks.Place, byte[]> relationMaps() {
    return relationMaps;
  }

  Set<Forks.Place> databases() {
    return databases;
  }

  Set<Integer> tablespaces() {
    return tablespaces;
  }

  ReplicationOrigins origins() {
    return origins;
  }

  /// Prepared transactions that have not ended (`ProcessTwoPhaseBuffer` removes stale files).
  Map<Integer, byte[]> twoPhase() {
    twoPhase.keySet().removeIf(transactionId -> state(transactionId) != CommitLog.IN_PROGRESS);
    return twoPhase;
  }

  private int state(int transactionId) {
    int index = CommitLog.indexInPage(transactionId);
    int bits = slru(Slru.CLOG).read(CommitLog.page(transactionId), index >> 2);
    return (bits >> (2 * (index & 3))) & 3;
  }

  /// A transaction without anything else to it ended: what most commit records come to.
  void setTransactionState(int transactionId, int state) {
    int index = CommitLog.indexInPage(transactionId);
    int shift = 2 * (index & 3);
    slru(Slru.CLOG).setBits(CommitLog.page(transactionId), index >> 2, 3 << shift, state << shift);
  }

  @Override
  public void relationBlock(
      RelFileNode relation, int fork, int block, int blockIndex, boolean willInit) {
    throw new IllegalStateException("blocks are applied by the dispatcher");
  }

  @Override
  public void relationImage(RelFileNode relation, int fork, int block, byte[] page) {
    throw new IllegalStateException("blocks are applied by the dispatcher");
  }

  // Maps of all kinds are the dispatcher's pages: no batch holds them.
  @Override
  public void relationChange(RelFileNode relation, int fork, int block, byte[] change) {
    try {
      ForkFile file = fork(relation, fork);
      if (Integer.compareUnsigned(block, file.blocks) < 0) {
        int frame = cache.frame(file, block, false);
        PageChange.apply(cache.page(frame), change, endLsn);
        cache.use(frame);
        file.changed = true;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CorruptDataException e) {
      throw new IllegalStateException("a change that was just made does not apply", e);
    }
  }

  private ForkFile fork(RelFileNode relation, int fork) throws IOException, CorruptDataException {
    return forks.fork(relation.spcNode(), relation.dbNode(), relation.relNode(), fork);
  }

  /// Something with files; what can go wrong is the file system.
  private interface FileAction {
    void run() throws IOException, CorruptDataException;
  }

  private static void run(FileAction action) {
    try {
      action.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CorruptDataException e) {
      throw new UncheckedIOException(new IOException(e.getMessage(), e));
    }
  }

  @Override
  public void relationCreate(RelFileNode relation, int fork) {
    run(() -> Forks.create(fork(relation, fork)));
  }

  @Override
  public void relationTruncate(RelFileNode relation, int fork, int blocks) {
    drain.run();
    run(() -> forks.truncate(fork(relation, fork), blocks));
    invalidPages.forget(relation, fork, blocks);
  }

  @Override
  public void relationDrop(RelFileNode relation) {
    drain.run();
    run(() -> forks.drop(relation.spcNode(), relation.dbNode(), relation.relNode()));
    for (int fork = 0; fork < Fork.COUNT; fork++) {
      invalidPages.forget(relation, fork, 0);
    }
  }

  @Override
  public void databaseDrop(int tablespace, int database) {
    drain.run();
    run(() -> forks.dropDatabase(tablespace, database));
    invalidPages.forgetDatabase(database);
    Forks.Place place = new Forks.Place(tablespace, database);
    databases.remove(place);
    relationMaps.remove(place);
  }

  @Override
  public void databaseCopy(int fromTablespace, int fromDatabase, int tablespace, int database) {
    drain.run();
    run(() -> {
      forks.dropDatabase(tablespace, database);
      for (ForkFile from : forks.ofDatabase(fromTablespace, fromDatabase)) {
        copy(from, forks.fork(tablespace, database, from.relNode, from.fork));
      }
    });
    Forks.Place place = new Forks.Place(tablespace, database);
    databases.add(place);
    relationMaps.put(place, relationMapOf(fromTablespace, fromDatabase));
  }

  private void copy(ForkFile from, ForkFile to) throws IOException, CorruptDataException {
    Forks.create(to);
    byte[] bytes = new byte[PageCache.PAGE_SIZE];
    for (int block = 0; block < from.blocks; block++) {
      cache.page(cache.frame(from, block, false)).get(0, bytes);
      Forks.extend(to, block);
      int frame = cache.frame(to, block, true);
      cache.page(frame).put(0, bytes);
      cache.use(frame);
    }
  }

  private byte[] relationMapOf(int tablespace, int database) {
    byte[] known = relationMaps.get(new Forks.Place(tablespace, database));
    if (known != null) {
      return known;
    }
    try {
      return Files.readAllBytes(base.databasePath(tablespace, database).resolve("pg_filenode.map"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void databaseCreate(int tablespace, int database) {
    databases.add(new Forks.Place(tablespace, database));
  }

  @Override
  public void relationMap(int tablespace, int database, byte[] map) {
    relationMaps.put(new Forks.Place(tablespace, database), map);
  }

  @Override
  public void tablespaceCreate(int tablespace, String location) {
    tablespaces.add(tablespace);
  }

  @Override
  public void tablespaceDrop(int tablespace) {
    tablespaces.remove(tablespace);
  }

  @Override
  public void slruImage(Slru slru, int page, byte[] image) {
    slru(slru).write(page, image);
  }

  @Override
  public void slruChange(Slru slru, int page, byte[] change) {
    slru(slru)
        .change(
            page,
            bytes -> {
              ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
              run(() -> PageChange.apply(buffer, change, endLsn));
            });
  }

  @Override
  public void slruTruncate(Slru slru, int oldestPage) {
    run(() -> slru(slru).drop(segment -> slru.isBefore(segment, oldestPage)));
  }

  @Override
  public void slruDropSegments(Slru slru, int firstSegment, int endSegment) {
    run(() ->
        slru(slru)
            .drop(segment ->
                firstSegment <= endSegment
                    ? segment >= firstSegment && segment < endSegment
                    : segment >= firstSegment || segment < endSegment));
  }

  @Override
  public void commitTimestamp(
      int transactionId, int[] subtransactions, long timestampMicros, int originId) {
    if (!parameters.trackCommitTimestamp()) {
      return;
    }
    List<Integer> all = new ArrayList<>();
    for (int subtransaction : subtransactions) {
      all.add(subtransaction);
    }
    all.add(transactionId);
    for (int id : all) {
      timestampRange.committed(id);
      commitTimestamps.change(
          CommitTimestamps.page(id),
          page -> CommitTimestamps.set(page, id, timestampMicros, originId));
    }
  }

  @Override
  public void commitTimestampZeroPage(int page) {
    commitTimestamps.write(page, new byte[SlruSegment.PAGE_SIZE]);
  }

  @Override
  public void commitTimestampTruncate(int oldestPage, int oldestTransactionId) {
    timestampRange.truncated(oldestTransactionId);
    run(() -> commitTimestamps.drop(segment -> CommitTimestamps.isBefore(segment, oldestPage)));
  }

  @Override
  public void twoPhaseCreate(int transactionId, byte[] state) {
    twoPhase.put(transactionId, state);
  }

  @Override
  public void twoPhaseRemove(int transactionId) {
    twoPhase.remove(transactionId);
  }

  @Override
  public void commitTime(long timestampMicros) {}

  @Override
  public void auxiliaryFile(String path, byte[] content) {}

  @Override
  public void replicationOrigin(int originId, long remoteLsn) {
    origins.advance(originId, remoteLsn);
  }

  @Override
  public void parametersChanged(ServerParameters changed) {
    parametersChanged = true;
    if (!changed.trackCommitTimestamp() && parameters.trackCommitTimestamp()) {
      // DeactivateCommitTs removes all of it.
      timestampRange.clear();
      run(() -> commitTimestamps.drop(_ -> true));
    }
    parameters = changed;
  }
}
