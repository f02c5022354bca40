package dev.argon.pageserver.ingest;

import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.TimelineFactory;
import dev.argon.pageserver.timeline.WriteBatch;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.effect.CheckPointState;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.RecordEffects;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Files what records do under the keys of one timeline. For ingest's thread.
final class RecordFiler {

  private static final byte[] DROPPED = {};
  private static final byte[] PRESENT = {1};

  private final Timeline timeline;
  private final ForkSizes sizes;
  private final CheckPointState checkPoint;
  private long greatestCommitTime;

  private RecordFiler(Timeline timeline, CheckPointState checkPoint, long greatestCommitTime) {
    this.timeline = timeline;
    this.checkPoint = checkPoint;
    this.greatestCommitTime = greatestCommitTime;
    sizes = new ForkSizes(timeline);
  }

  /// Begins where the timeline stands.
  static RecordFiler at(Timeline timeline) throws IOException, CorruptDataException {
    try (ReadSession session = timeline.read()) {
      long lsn = timeline.lastRecordLsn();
      byte[] state =
          session
              .value(PageKey.firstOf(PageKey.Kind.CHECKPOINT), lsn)
              .orElseThrow(() ->
                  new CorruptDataException("timeline " + timeline.id() + " has no checkpoint"));
      long time =
          session
              .value(PageKey.firstOf(PageKey.Kind.COMMIT_TIME), lsn)
              .map(bytes -> ByteBuffer.wrap(bytes).getLong())
              .orElse(Long.MIN_VALUE);
      return new RecordFiler(timeline, CheckPointState.of(CheckPoint.read(state)), time);
    }
  }

  /// Files one record.
  void file(WriteBatch batch, WalRecord record, long startLsn, long endLsn)
      throws IOException, CorruptDataException {
    Sink sink = new Sink(batch, record, endLsn);
    try {
      RecordEffects.decode(record, endLsn, sink);
    } catch (FilingException e) {
      throw e.unwrapped();
    }
    if (checkPoint.apply(record)) {
      batch.putImage(
          PageKey.firstOf(PageKey.Kind.CHECKPOINT), endLsn, checkPoint.toCheckPoint().toBytes());
    }
    if (CheckPointState.isShutdownCheckPoint(record)) {
      batch.putImage(PageKey.firstOf(PageKey.Kind.SHUTDOWN_CHECKPOINT), endLsn, PRESENT);
    }
    Optional<CheckPoint> online = CheckPointState.onlineCheckPoint(record);
    if (online.isPresent()) {
      batch.putImage(
          PageKey.ONLINE_CHECKPOINT, endLsn, new OnlineCheckPoint(startLsn, online.get()).bytes());
    }
    batch.recordEnded(endLsn);
  }

  /// Carries a checked exception through the sink's methods.
  private static final class FilingException extends RuntimeException {

    private static final long serialVersionUID = 1;

    FilingException(Exception cause) {
      super(cause);
    }

    /// The same kind of failure, thrown again.
    IOException unwrapped() throws CorruptDataException {
      Throwable cause = getCause();
      if (cause instanceof CorruptDataException corrupt) {
        throw corrupt;
      }
      return cause instanceof IOException io ? io : new IOException(cause);
    }
  }

  private final class Sink implements EffectSink {

    private final WriteBatch batch;
    private final WalRecord record;
    private final long lsn;

    /// Where the record was kept, once a block needs it.
    private long place = -1;

    Sink(WriteBatch batch, WalRecord record, long lsn) {
      this.batch = batch;
      this.record = record;
      this.lsn = lsn;
    }

    private int size(PageKey key) {
      try {
        return sizes.size(key, lsn);
      } catch (IOException | CorruptDataException e) {
        throw new FilingException(e);
      }
    }

    private void extend(PageKey key, int lastBlock) {
      int size = size(key);
      if (size == ForkSizes.NONE || Integer.compareUnsigned(lastBlock, size) >= 0) {
        sizes.set(batch, key, lsn, lastBlock + 1);
      }
    }

    /// A page of a free space or visibility map may be given up by the buffer pool, and logged by
    /// the compute, behind the record that dropped its relation. It would be the map of the next
    /// relation that gets the number.
    private boolean isDroppedOnesMap(RelFileNode relation, int fork) {
      return (fork == Fork.FREE_SPACE_MAP || fork == Fork.VISIBILITY_MAP)
          && size(PageKey.relationSize(relation, Fork.MAIN)) == ForkSizes.NONE;
    }

    @Override
    public void relationBlock(
        RelFileNode relation, int fork, int block, int blockIndex, boolean willInit) {
      if (isDroppedOnesMap(relation, fork)) {
        return;
      }
      if (place < 0) {
        place = batch.keep(ByteBuffer.wrap(record.bytes(), record.offset(), record.length()));
      }
      PageKey key = PageKey.relationBlock(relation, fork, block);
      batch.putKept(
          key.high(),
          key.low(),
          lsn,
          willInit ? ValueKind.INIT_RECORD : ValueKind.RECORD,
          blockIndex,
          place,
          record.length());
      extend(PageKey.relationSize(relation, fork), block);
    }

    @Override
    public void relationImage(RelFileNode relation, int fork, int block, byte[] page) {
      if (isDroppedOnesMap(relation, fork)) {
        return;
      }
      batch.putImage(PageKey.relationBlock(relation, fork, block), lsn, page);
      extend(PageKey.relationSize(relation, fork), block);
    }

    @Override
    public void relationChange(RelFileNode relation, int fork, int block, byte[] change) {
      int size = size(PageKey.relationSize(relation, fork));
      if (size != ForkSizes.NONE && Integer.compareUnsigned(block, size) < 0) {
        batch.put(PageKey.relationBlock(relation, fork, block), lsn, ValueKind.CHANGE, change);
      }
    }

    @Override
    public void relationCreate(RelFileNode relation, int fork) {
      PageKey key = PageKey.relationSize(relation, fork);
      if (size(key) == ForkSizes.NONE) {
        sizes.set(batch, key, lsn, 0);
      }
    }

    @Override
    public void relationTruncate(RelFileNode relation, int fork, int blocks) {
      PageKey key = PageKey.relationSize(relation, fork);
      int size = size(key);
      if (size != ForkSizes.NONE && Integer.compareUnsigned(size, blocks) > 0) {
        sizes.set(batch, key, lsn, blocks);
        cut(relation, fork, blocks);
      }
    }

    private void cut(RelFileNode relation, int fork, int blocks) {
      batch.putImage(
          PageKey.relationCut(relation, fork),
          lsn,
          ByteBuffer.allocate(Integer.BYTES).putInt(blocks).array());
    }

    @Override
    public void relationDrop(RelFileNode relation) {
      for (int fork = 0; fork < Fork.COUNT; fork++) {
        dropFork(relation, fork);
      }
    }

    private void dropFork(RelFileNode relation, int fork) {
      PageKey key = PageKey.relationSize(relation, fork);
      if (size(key) != ForkSizes.NONE) {
        sizes.drop(batch, key, lsn);
        cut(relation, fork, 0);
      }
    }

    private List<PageKey> keys(PageKey first, PageKey last) {
      List<PageKey> keys = new ArrayList<>();
      try (ReadSession session = timeline.read()) {
        session.scan(first, last, lsn, (high, low, _, _, _, _) -> keys.add(new PageKey(high, low)));
      } catch (IOException | CorruptDataException e) {
        throw new FilingException(e);
      }
      return keys;
    }

    private List<PageKey> forks(int tablespace, int database) {
      return keys(
          PageKey.of(PageKey.Kind.RELATION_SIZE, tablespace, database, 0, 0, 0),
          PageKey.of(PageKey.Kind.RELATION_SIZE, tablespace, database, -1, 3, -1));
    }

    @Override
    public void databaseDrop(int tablespace, int database) {
      for (PageKey key : forks(tablespace, database)) {
        dropFork(key.relationNode(), key.fork());
      }
      batch.putImage(
          PageKey.of(PageKey.Kind.RELATION_MAP, tablespace, database, 0, 0, 0), lsn, DROPPED);
      batch.putImage(
          PageKey.of(PageKey.Kind.DATABASE, tablespace, database, 0, 0, 0), lsn, DROPPED);
    }

    @Override
    public void databaseCopy(int fromTablespace, int fromDatabase, int tablespace, int database) {
      List<PageKey> forks = forks(fromTablespace, fromDatabase);
      try (ReadSession session = timeline.read()) {
        PageKey fromMap =
            PageKey.of(PageKey.Kind.RELATION_MAP, fromTablespace, fromDatabase, 0, 0, 0);
        byte[] map = session.value(fromMap, lsn).orElse(DROPPED);
        databaseCreate(tablespace, database);
        relationMap(tablespace, database, map);
        ByteBuffer page = ReadSession.newPage();
        TimelineFactory.addImages(
            timeline,
            lsn,
            writer -> {
              for (PageKey from : forks) {
                RelFileNode to = new RelFileNode(tablespace, database, from.relation());
                int blocks = size(from);
                for (int block = 0; block != blocks; block++) {
                  PageKey key = PageKey.relationBlock(to, from.fork(), block);
                  readInto(session, from, block, page);
                  writer.add(key.high(), key.low(), lsn, ValueKind.IMAGE, 0, page);
                }
              }
            });
      } catch (IOException | CorruptDataException e) {
        throw new FilingException(e);
      }
      for (PageKey from : forks) {
        RelFileNode to = new RelFileNode(tablespace, database, from.relation());
        sizes.set(batch, PageKey.relationSize(to, from.fork()), lsn, size(from));
      }
    }

    private void readInto(ReadSession session, PageKey fork, int block, ByteBuffer page)
        throws IOException {
      try {
        session.page(PageKey.relationBlock(fork.relationNode(), fork.fork(), block), lsn, page);
      } catch (CorruptDataException e) {
        throw new FilingException(e);
      }
    }

    @Override
    public void databaseCreate(int tablespace, int database) {
      batch.putImage(
          PageKey.of(PageKey.Kind.DATABASE, tablespace, database, 0, 0, 0), lsn, PRESENT);
    }

    @Override
    public void relationMap(int tablespace, int database, byte[] map) {
      batch.putImage(
          PageKey.of(PageKey.Kind.RELATION_MAP, tablespace, database, 0, 0, 0), lsn, map);
    }

    @Override
    public void slruImage(Slru slru, int page, byte[] image) {
      putSlru(slru, page, ValueKind.IMAGE, image);
    }

    @Override
    public void slruChange(Slru slru, int page, byte[] change) {
      putSlru(slru, page, ValueKind.CHANGE, change);
    }

    private void putSlru(Slru slru, int page, int kind, byte[] bytes) {
      int group = SlruGroups.number(slru);
      batch.put(PageKey.numbered(PageKey.Kind.SLRU_PAGE, group, page), lsn, kind, bytes);
      PageKey segment =
          PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, group, SlruSegment.ofPage(page));
      extend(segment, Integer.remainderUnsigned(page, SlruSegment.PAGES));
    }

    private List<PageKey> segments(Slru slru) {
      int group = SlruGroups.number(slru);
      return keys(
          PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, group, 0),
          PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, group, -1));
    }

    @Override
    public void slruTruncate(Slru slru, int oldestPage) {
      for (PageKey segment : segments(slru)) {
        if (SlruGroups.liesBefore(slru, segment.block(), oldestPage)) {
          dropSegment(segment);
        }
      }
    }

    @Override
    public void slruDropSegments(Slru slru, int firstSegment, int endSegment) {
      for (PageKey segment : segments(slru)) {
        if (SlruGroups.isBetween(segment.block(), firstSegment, endSegment)) {
          dropSegment(segment);
        }
      }
    }

    /// The pages become zeros, should the segment ever come again.
    private void dropSegment(PageKey segment) {
      int pages = size(segment);
      for (int i = 0; i < pages; i++) {
        int page = segment.block() * SlruSegment.PAGES + i;
        batch.putImage(
            PageKey.numbered(PageKey.Kind.SLRU_PAGE, segment.tablespace(), page), lsn, DROPPED);
      }
      sizes.drop(batch, segment, lsn);
    }

    @Override
    public void twoPhaseCreate(int transactionId, byte[] state) {
      batch.putImage(PageKey.numbered(PageKey.Kind.TWO_PHASE, 0, transactionId), lsn, state);
    }

    @Override
    public void twoPhaseRemove(int transactionId) {
      batch.putImage(PageKey.numbered(PageKey.Kind.TWO_PHASE, 0, transactionId), lsn, DROPPED);
    }

    @Override
    public void commitTime(long timestampMicros) {
      if (timestampMicros > greatestCommitTime) {
        greatestCommitTime = timestampMicros;
        batch.putImage(
            PageKey.firstOf(PageKey.Kind.COMMIT_TIME),
            lsn,
            ByteBuffer.allocate(Long.BYTES).putLong(timestampMicros).array());
      }
    }

    @Override
    public void auxiliaryFile(String path, byte[] content) {
      batch.putImage(
          AuxiliaryFiles.key(path),
          lsn,
          content.length == 0 ? DROPPED : AuxiliaryFiles.value(path, content));
    }

    @Override
    public void parametersChanged(ServerParameters parameters) {
      PageKey key = PageKey.firstOf(PageKey.Kind.CONTROL_FILE);
      try (ReadSession session = timeline.read()) {
        byte[] file =
            session
                .value(key, lsn)
                .orElseThrow(() -> new CorruptDataException("there is no control file"));
        batch.putImage(key, lsn, ControlFile.read(file).withParameters(parameters).toFile());
      } catch (IOException | CorruptDataException e) {
        throw new FilingException(e);
      }
    }

    @Override
    public void replicationOrigin(int originId, long remoteLsn) {
      batch.putImage(
          PageKey.numbered(PageKey.Kind.REPLICATION_ORIGIN, 0, originId & 0xFFFF),
          lsn,
          remoteLsn == 0 ? DROPPED : ByteBuffer.allocate(Long.BYTES).putLong(remoteLsn).array());
    }
  }
}
