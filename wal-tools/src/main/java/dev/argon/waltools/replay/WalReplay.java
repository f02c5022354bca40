package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.redo.effect.CheckPointState;
import dev.argon.redo.effect.RecordEffects;
import dev.argon.waltools.log.TimelineHistory;
import dev.argon.waltools.log.WalDirectory;
import dev.argon.waltools.log.WalReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/// The dispatcher: reads the log, keeps track of everything that is not a page, and sees to it that
/// each page's records are applied in order, by itself or by a worker.
///
/// One use: [#open], [#run], perhaps [#writeTo], [#close].
public final class WalReplay implements AutoCloseable {

  private static final int XLOG_BACKUP_END = 0x50;
  private static final int XLOG_FPI_FOR_HINT = 0xA0;
  private static final int XACT_OPERATION_MASK = 0x70;
  private static final int XACT_COMMIT = 0x00;
  private static final int XACT_ABORT = 0x20;
  private static final int XACT_HAS_INFO = 0x80;

  /// Chunks between two looks at how the threads share the work.
  private static final int BALANCE_CHUNKS = 48;

  private final BaseDirectory base;
  private final WalReader reader;
  private final PageFiles files;
  private final Workers workers;
  private final PageCache cache;
  private final Forks forks;
  private final InvalidPages invalidPages = new InvalidPages();
  private final Findings findings = new Findings();
  private final ClusterState cluster;
  private final CheckPointState checkPoint;
  private final PageRedo redo;
  private final RecordCounts counts;
  private final OwnerMap owners;
  private final ReplayClock clock;
  private final Consistency consistency;

  private boolean strict;
  private long consistentLsn;
  private long atLsn = -1L;
  private long lastRecordLsn;
  private long records;

  // Chunks are used again when every batch that names them is done.
  private final byte[][] chunks;
  private int chunkNumber;
  private long balancedNanos = ThreadTime.nanos();

  private WalReplay(BaseDirectory base, ReplayOptions options)
      throws IOException, CorruptDataException {
    this.base = base;
    WalDirectory wal = WalDirectory.open(options.wal(), base.layout());
    TimelineHistory history =
        options.timeline().isPresent()
            ? wal.history(options.timeline().getAsInt())
            : wal.latest(base.timeline(), base.startLsn());
    if (!history.contains(base.timeline(), base.startLsn())) {
      throw new CorruptDataException(
          "timeline %d does not go on from timeline %d at %s"
              .formatted(history.timeline(), base.timeline(), Lsn.toString(base.startLsn())));
    }
    checkPoint = CheckPointState.of(firstCheckPoint(base, wal, history));
    consistency = base.consistency();
    RedoSettings settings = settings(base.control().parameters());
    files = new PageFiles();
    boolean checksums = base.control().dataChecksumVersion() != 0;
    workers =
        new Workers(
            options.threads() - 1,
            batches -> new PageCache(files, options.memoryBytes(), checksums, batches),
            settings);
    cache = workers.cache();
    owners = new OwnerMap(workers.count());
    redo = new PageRedo(settings);
    counts = redo.counts;
    forks = new Forks(base, options.overlay(), files, cache);
    cluster = new ClusterState(base, forks, cache, invalidPages, this::drain);
    chunks = new byte[workers.count() == 0 ? 1 : Workers.RING + 2][WalReader.CHUNK_SIZE];
    reader = WalReader.startingAt(wal, history, base.startLsn(), this::exchange);
    if (workers.count() > 0) {
      reader.readingAhead();
    }
    if (options.untilLsn() != Long.MAX_VALUE) {
      reader.until(options.untilLsn());
    }
    clock = new ReplayClock(options.warmUpSeconds());
  }

  /// Opens base and log; reads nothing yet but what says where to start.
  ///
  /// @throws CorruptDataException if the base is none, or the log does not belong to it
  public static WalReplay open(ReplayOptions options) throws IOException, CorruptDataException {
    return new WalReplay(BaseDirectory.open(options.base()), options);
  }

  // A backup's control file may be of a later checkpoint than the one to start from.
  private static CheckPoint firstCheckPoint(
      BaseDirectory base, WalDirectory wal, TimelineHistory history)
      throws IOException, CorruptDataException {
    if (base.label().isEmpty()) {
      return base.control().checkPoint();
    }
    long lsn = base.label().get().checkPointLsn();
    try (WalReader reader = WalReader.startingAt(wal, history, lsn)) {
      if (!reader.next() || reader.record().resourceManager() != ResourceManager.XLOG) {
        throw new CorruptDataException(
            "there is no checkpoint record at " + Lsn.toString(lsn) + " in " + wal.path());
      }
      WalRecord record = reader.record();
      return CheckPoint.read(record.bytes(), record.mainDataOffset(), record.mainDataLength());
    }
  }

  private RedoSettings settings(ServerParameters parameters) {
    boolean checksums = base.control().dataChecksumVersion() != 0;
    return new RedoSettings(checksums || parameters.walLogHints());
  }

  /// Replays everything there is.
  ///
  /// @throws CorruptDataException if the log is damaged (`CorruptWalException`) or holds a record
  ///   that no server of this version writes
  /// @throws UnsupportedRecordException if it holds a record of an extension's resource manager
  public ReplayResult run() throws IOException, CorruptDataException, UnsupportedRecordException {
    switch (consistency) {
      case Consistency.FromStart() -> becomeStrict(base.startLsn());
      case Consistency.AtLsn(long lsn) -> atLsn = lsn;
      case Consistency.AtBackupEnd(_), Consistency.AtEnd() -> {
        // A record says so, or nothing does.
      }
    }
    try {
      while (reader.next()) {
        apply(reader.record(), reader.recordStartLsn(), reader.recordEndLsn());
      }
      drain();
    } catch (UncheckedIOException e) {
      throw unwrapped(e);
    } catch (Workers.WorkerFailedException e) {
      if (e.getCause() instanceof UnsupportedRecordException unsupported) {
        throw unsupported;
      }
      throw e;
    }
    return finish();
  }

  private static IOException unwrapped(UncheckedIOException e) throws CorruptDataException {
    IOException cause = java.util.Objects.requireNonNull(e.getCause());
    if (cause.getCause() instanceof CorruptDataException corrupt) {
      throw corrupt;
    }
    return cause;
  }

  private ReplayResult finish() {
    if (consistency instanceof Consistency.AtEnd) {
      consistentLsn = reader.end().lsn();
      invalidPages.moveTo(findings);
    }
    ReplayResult.Speed speed =
        clock.stop(records, reader.bytesRead(), cache.pagesRead(), cache.pagesSpilled());
    findings.addAll(redo.findings);
    findings.addAll(cache.damaged());
    for (PageRedo other : workers.redos()) {
      counts.add(other.counts);
      findings.addAll(other.findings);
    }
    invalidPages.moveTo(findings);
    return new ReplayResult(
        base.startLsn(),
        consistency,
        lastRecordLsn,
        reader.end(),
        consistentLsn == 0 ? OptionalLong.empty() : OptionalLong.of(consistentLsn),
        cluster
            .timestampRange()
            .in(checkPoint.toCheckPoint(), cluster.parameters().trackCommitTimestamp()),
        cluster.parameters(),
        counts.rows(),
        findings.kept(),
        findings.count(),
        invalidPages.seen(),
        speed);
  }

  private byte[] exchange(byte[] chunk) {
    clock.tick(records, reader.bytesRead());
    workers.next(chunk);
    int place = chunkNumber % chunks.length;
    byte[] done = chunks[place];
    chunks[place] = chunk;
    chunkNumber++;
    if (workers.count() > 0 && chunkNumber % BALANCE_CHUNKS == 0) {
      balance();
    }
    return done;
  }

  private void balance() {
    workers.drain();
    long now = ThreadTime.nanos();
    owners.balance(now - balancedNanos, workers.takeBusyNanos());
    balancedNanos = now;
  }

  // Completes what is under way and takes over what was found in it.
  private void drain() {
    workers.drain();
    takeInvalid(redo);
    for (PageRedo other : workers.redos()) {
      takeInvalid(other);
    }
  }

  private void takeInvalid(PageRedo from) {
    if (!from.invalid.isEmpty()) {
      from.invalid.forEach(invalidPages::add);
      from.invalid.clear();
    }
  }

  private void becomeStrict(long lsn) {
    drain();
    strict = true;
    consistentLsn = lsn;
    invalidPages.moveTo(findings);
    changeRedo();
  }

  private void changeRedo() {
    RedoSettings settings = settings(cluster.parameters());
    redo.change(settings, strict);
    for (PageRedo other : workers.redos()) {
      other.change(settings, strict);
    }
  }

  private void apply(WalRecord record, long recordLsn, long endLsn)
      throws IOException, CorruptDataException, UnsupportedRecordException {
    int manager = record.resourceManager();
    int info = record.info();
    records++;
    lastRecordLsn = recordLsn;
    int kindInfo = manager == ResourceManager.XACT ? info & XACT_OPERATION_MASK : info;
    counts.records[RecordCounts.kind(manager, kindInfo)]++;
    checkPoint.apply(record);
    applyEffects(record, manager, info, endLsn);
    int blocks = record.blockCount();
    for (int i = 0; i < blocks; i++) {
      applyBlock(record, i, recordLsn, endLsn);
    }
    if (manager == ResourceManager.XLOG) {
      afterXlog(record, info, endLsn);
    }
    if (atLsn != -1L && !strict && Long.compareUnsigned(endLsn, atLsn) >= 0) {
      becomeStrict(endLsn);
    }
  }

  private void applyEffects(WalRecord record, int manager, int info, long endLsn)
      throws CorruptDataException, UnsupportedRecordException {
    switch (manager) {
      case ResourceManager.BTREE,
          ResourceManager.HASH,
          ResourceManager.GIN,
          ResourceManager.GIST,
          ResourceManager.SEQ,
          ResourceManager.SPGIST,
          ResourceManager.BRIN,
          ResourceManager.GENERIC,
          ResourceManager.STANDBY -> {
        // Block references only, or nothing that outlives a server.
      }
      case ResourceManager.XACT -> applyTransaction(record, info, endLsn);
      default -> {
        if (manager > ResourceManager.LOGICALMSG) {
          throw new UnsupportedRecordException(
              manager, info, "record that ends at " + Lsn.toString(endLsn));
        }
        cluster.begin(endLsn);
        RecordEffects.decodeWithoutBlocks(record, endLsn, cluster);
      }
    }
  }

  // Most transactions leave a record of nothing but the time.
  private void applyTransaction(WalRecord record, int info, long endLsn)
      throws CorruptDataException {
    int operation = info & XACT_OPERATION_MASK;
    boolean isPlain =
        (operation == XACT_COMMIT || operation == XACT_ABORT)
            && (info & XACT_HAS_INFO) == 0
            && record.mainDataLength() == Long.BYTES
            && record.transactionId() != 0
            && !cluster.parameters().trackCommitTimestamp();
    if (isPlain) {
      cluster.setTransactionState(
          record.transactionId(),
          operation == XACT_COMMIT ? CommitLog.COMMITTED : CommitLog.ABORTED);
    } else {
      cluster.begin(endLsn);
      RecordEffects.decodeWithoutBlocks(record, endLsn, cluster);
    }
  }

  private void applyBlock(WalRecord record, int i, long recordLsn, long endLsn)
      throws IOException, CorruptDataException, UnsupportedRecordException {
    ForkFile file =
        forks.fork(
            record.blockSpcNode(i),
            record.blockDbNode(i),
            record.blockRelNode(i),
            record.blockFork(i));
    int block = record.blockNumber(i);
    boolean anew = record.blockImageApplies(i) || record.blockWillInit(i);
    if (Integer.compareUnsigned(block, file.blocks) >= 0) {
      if (!extend(file, block, record, i, recordLsn, endLsn)) {
        return;
      }
    }
    if (!anew && isEmptyReference(record)) {
      return;
    }
    int frame = file.frame(block);
    if (frame <= 0) {
      frame = cache.frame(file, block, anew);
    }
    cache.use(frame);
    file.changed = true;
    int owner = file.fork == Fork.MAIN ? owners.owner(file, block) : 0;
    if (owner == 0) {
      redo.apply(cache.page(frame), record, i, recordLsn, endLsn);
    } else {
      Batch batch = workers.current();
      cache.pin(frame, workers.currentNumber());
      batch.tasks[owner - 1].add(
          batch.place(record, recordLsn), record.length(), frame, i, recordLsn, endLsn);
    }
  }

  // An image for a hint bit may have been left out, when full-page writes are off.
  private static boolean isEmptyReference(WalRecord record) {
    return record.resourceManager() == ResourceManager.XLOG && record.info() == XLOG_FPI_FOR_HINT;
  }

  // Answers whether the block is there now.
  private boolean extend(
      ForkFile file, int block, WalRecord record, int i, long recordLsn, long endLsn)
      throws CorruptDataException {
    if (PageRedo.mayBeMissing(record, i)) {
      Forks.extend(file, block);
      return true;
    }
    if (!isEmptyReference(record)) {
      Forks.create(file);
      redo.missing(
          record,
          i,
          recordLsn,
          endLsn,
          "does not exist: the fork has %d blocks".formatted(file.blocks));
    }
    return false;
  }

  private void afterXlog(WalRecord record, int info, long endLsn) {
    if (cluster.takeParametersChanged()) {
      drain();
      changeRedo();
    }
    if (info == XLOG_BACKUP_END
        && !strict
        && consistency instanceof Consistency.AtBackupEnd(long startLsn)
        && record.mainDataLength() >= Long.BYTES
        && LittleEndian.readLong(record.bytes(), record.mainDataOffset()) == startLsn) {
      becomeStrict(endLsn);
    }
  }

  /// Writes what replay has made as a data directory that a server starts on.
  ///
  /// @param directory the overlay of the options
  /// @param sync whether to wait until the disk has all of it
  public void writeTo(Path directory, ReplayResult result, boolean sync)
      throws IOException, CorruptDataException {
    new OutDirectory(directory, base, forks, cluster, cache)
        .write(result, workers.count() + 1, sync);
  }

  /// How much of the pages the workers had at the end.
  public double workersShare() {
    return owners.share();
  }

  @Override
  public void close() throws IOException {
    workers.close();
    reader.close();
    files.close();
  }
}
