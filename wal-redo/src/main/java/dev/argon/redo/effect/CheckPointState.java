package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import java.util.Optional;

/// The counters and limits a server needs to go on from an LSN, kept up to date record by record as
/// PostgreSQL's recovery keeps its own. A shutdown checkpoint built from it after any record is
/// safe to start from.
///
/// `nextXid` is never below the next transaction; between checkpoints it runs ahead to multiples of
/// [#TRANSACTION_STEP], so that it changes, and has to be written down, rarely. The other counters
/// are exact. `redo` keeps the value it was given.
///
/// One thread at a time.
public final class CheckPointState {

  /// A multiple of it is where `nextXid` moves to; the commit log's pages end at multiples too, so
  /// a step never leads over the first transaction of a page, which is the one that makes the page.
  public static final int TRANSACTION_STEP = 1024;

  private static final int FIRST_NORMAL_TRANSACTION = 3;

  private static final int XLOG_CHECKPOINT_SHUTDOWN = 0x00;
  private static final int XLOG_CHECKPOINT_ONLINE = 0x10;
  private static final int XLOG_NEXT_OID = 0x30;
  private static final int XLOG_FULL_PAGE_WRITES_CHANGE = 0x80;
  private static final int XLOG_END_OF_RECOVERY = 0x90;
  private static final int STANDBY_RUNNING_TRANSACTIONS = 0x10;

  private final long redo;
  private int timeline;
  private int previousTimeline;
  private boolean fullPageWrites;
  private long nextXid;
  private int nextOid;
  private int nextMulti;
  private int nextMultiOffset;
  private int oldestXid;
  private int oldestXidDatabase;
  private int oldestMulti;
  private int oldestMultiDatabase;
  private long timeSeconds;
  private int oldestCommitTsXid;
  private int newestCommitTsXid;
  private int oldestActiveXid;
  private boolean changed;

  private CheckPointState(CheckPoint from) {
    redo = from.redo();
    set(from);
    oldestMulti = from.oldestMulti();
    oldestMultiDatabase = from.oldestMultiDatabase();
  }

  /// The state at a checkpoint: of a control file, or kept from an earlier run.
  public static CheckPointState of(CheckPoint checkPoint) {
    return new CheckPointState(checkPoint);
  }

  public CheckPoint toCheckPoint() {
    return new CheckPoint(
        redo,
        timeline,
        previousTimeline,
        fullPageWrites,
        nextXid,
        nextOid,
        nextMulti,
        nextMultiOffset,
        oldestXid,
        oldestXidDatabase,
        oldestMulti,
        oldestMultiDatabase,
        timeSeconds,
        oldestCommitTsXid,
        newestCommitTsXid,
        oldestActiveXid);
  }

  /// Whether a server can start from this record as it is.
  public static boolean isShutdownCheckPoint(WalRecord record) {
    return record.resourceManager() == ResourceManager.XLOG
        && record.info() == XLOG_CHECKPOINT_SHUTDOWN;
  }

  /// The body of the checkpoint record that a running server wrote; empty for other records.
  public static Optional<CheckPoint> onlineCheckPoint(WalRecord record)
      throws CorruptDataException {
    return record.resourceManager() == ResourceManager.XLOG
            && record.info() == XLOG_CHECKPOINT_ONLINE
        ? Optional.of(readCheckPoint(record))
        : Optional.empty();
  }

  /// Moves on by one record.
  ///
  /// @return whether [#toCheckPoint] is another one now
  /// @throws CorruptDataException if the record is broken
  public boolean apply(WalRecord record) throws CorruptDataException {
    changed = false;
    advancePast(record.transactionId());
    switch (record.resourceManager()) {
      case ResourceManager.XLOG -> applyXlog(record);
      case ResourceManager.XACT -> applyTransaction(record);
      case ResourceManager.CLOG -> applyCommitLog(record);
      case ResourceManager.MULTIXACT -> applyMultiXact(record);
      case ResourceManager.STANDBY -> applyStandby(record);
      default -> {
        // Its transaction id was all there is.
      }
    }
    return changed;
  }

  private void applyXlog(WalRecord record) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case XLOG_CHECKPOINT_SHUTDOWN -> applyShutdown(readCheckPoint(record));
      case XLOG_CHECKPOINT_ONLINE -> applyOnline(readCheckPoint(record));
      case XLOG_NEXT_OID -> {
        int next = data.readInt();
        changed |= next != nextOid;
        nextOid = next;
      }
      case XLOG_FULL_PAGE_WRITES_CHANGE -> {
        boolean on = data.readByte() != 0;
        changed |= on != fullPageWrites;
        fullPageWrites = on;
      }
      case XLOG_END_OF_RECOVERY -> {
        data.skip(8); // time
        timeline = data.readInt();
        previousTimeline = data.readInt();
        changed = true;
      }
      default -> {
        // Nothing of a checkpoint.
      }
    }
  }

  private static CheckPoint readCheckPoint(WalRecord record) throws CorruptDataException {
    return CheckPoint.read(record.bytes(), record.mainDataOffset(), record.mainDataLength());
  }

  private void set(CheckPoint from) {
    timeline = from.timeline();
    previousTimeline = from.previousTimeline();
    fullPageWrites = from.fullPageWrites();
    nextXid = from.nextXid();
    nextOid = from.nextOid();
    nextMulti = from.nextMulti();
    nextMultiOffset = from.nextMultiOffset();
    oldestXid = from.oldestXid();
    oldestXidDatabase = from.oldestXidDatabase();
    timeSeconds = from.timeSeconds();
    oldestCommitTsXid = from.oldestCommitTsXid();
    newestCommitTsXid = from.newestCommitTsXid();
    oldestActiveXid = from.oldestActiveXid();
  }

  // A shutdown checkpoint's counters are believed exactly.
  private void applyShutdown(CheckPoint checkPoint) {
    set(checkPoint);
    advanceOldestMulti(checkPoint.oldestMulti(), checkPoint.oldestMultiDatabase());
    changed = true;
  }

  // An online checkpoint was begun earlier than it was logged: its counters are lower bounds, and
  // its nextOid may be behind an XLOG_NEXTOID record that came in between.
  private void applyOnline(CheckPoint checkPoint) {
    if (Long.compareUnsigned(nextXid, checkPoint.nextXid()) < 0) {
      nextXid = checkPoint.nextXid();
    }
    advanceMulti(checkPoint.nextMulti(), checkPoint.nextMultiOffset());
    advanceOldestMulti(checkPoint.oldestMulti(), checkPoint.oldestMultiDatabase());
    advanceOldestXid(checkPoint.oldestXid(), checkPoint.oldestXidDatabase());
    fullPageWrites = checkPoint.fullPageWrites();
    timeSeconds = checkPoint.timeSeconds();
    oldestCommitTsXid = checkPoint.oldestCommitTsXid();
    newestCommitTsXid = checkPoint.newestCommitTsXid();
    oldestActiveXid = checkPoint.oldestActiveXid();
    changed = true;
  }

  private void applyTransaction(WalRecord record) throws CorruptDataException {
    if (record.mainDataLength() == Long.BYTES) {
      return; // Nothing but the time: the record's own transaction is all there is.
    }
    switch (record.info() & TransactionEnd.XACT_OPERATION_MASK) {
      case TransactionEnd.XACT_COMMIT,
          TransactionEnd.XACT_ABORT,
          TransactionEnd.XACT_COMMIT_PREPARED,
          TransactionEnd.XACT_ABORT_PREPARED -> {
        TransactionEnd end = TransactionEnd.read(record);
        advancePast(end.transactionId());
        advancePastAll(end.subtransactions());
      }
      case TransactionEnd.XACT_PREPARE -> {
        PreparedTransaction prepared = PreparedTransaction.read(record);
        advancePast(prepared.transactionId());
        advancePastAll(prepared.subtransactions());
      }
      case TransactionEnd.XACT_ASSIGNMENT -> {
        RecordData data = new RecordData(record);
        data.skip(4); // the top transaction
        advancePastAll(data.readInts(data.readCount(Integer.BYTES)));
      }
      default -> {
        // Names no transaction.
      }
    }
  }

  // Recovery leaves oldestXid behind here and catches up at the next checkpoint; a server started
  // from this state would look for the states of transactions that are gone.
  private void applyCommitLog(WalRecord record) throws CorruptDataException {
    if (record.info() == SlruEffects.CLOG_TRUNCATE) {
      RecordData data = new RecordData(record);
      data.skip(4); // the page
      int oldest = data.readInt();
      advanceOldestXid(oldest, data.readInt());
    }
  }

  private void applyMultiXact(WalRecord record) throws CorruptDataException {
    if (record.info() == SlruEffects.MULTIXACT_CREATE) {
      SlruEffects.NewMultiXact created = SlruEffects.NewMultiXact.read(record);
      advanceMulti(created.multi() + 1, created.offset() + created.transactionIds().length);
      advancePastAll(created.transactionIds());
    } else if (record.info() == SlruEffects.MULTIXACT_TRUNCATE) {
      SlruEffects.MultiXactTruncation truncation = SlruEffects.MultiXactTruncation.read(record);
      changed |= oldestMulti != truncation.oldestMulti();
      oldestMulti = truncation.oldestMulti();
      oldestMultiDatabase = truncation.oldestMultiDatabase();
    }
  }

  private void applyStandby(WalRecord record) throws CorruptDataException {
    if (record.info() == STANDBY_RUNNING_TRANSACTIONS) {
      RecordData data = new RecordData(record);
      data.skip(4 + 4 + 4); // counts, whether subtransactions are missing
      int next = data.readInt();
      int oldest = data.readInt();
      advancePast(next - 1);
      changed |= oldestActiveXid != oldest;
      oldestActiveXid = oldest;
    }
  }

  private void advancePastAll(int[] transactionIds) {
    for (int transactionId : transactionIds) {
      advancePast(transactionId);
    }
  }

  // AdvanceNextFullTransactionIdPastXid: all transactions in a log are within half the circle of
  // the
  // next one, so the 32 bits of one tell its epoch.
  private void advancePast(int transactionId) {
    int next = (int) nextXid;
    if (Integer.compareUnsigned(transactionId, FIRST_NORMAL_TRANSACTION) < 0
        || transactionId - next < 0) {
      return;
    }
    long past = nextXid + (transactionId - next) + 1;
    long stepped = (past + TRANSACTION_STEP - 1) & -TRANSACTION_STEP;
    boolean isSpecial = Integer.compareUnsigned((int) stepped, FIRST_NORMAL_TRANSACTION) < 0;
    nextXid = isSpecial ? (stepped & ~0xFFFF_FFFFL) | FIRST_NORMAL_TRANSACTION : stepped;
    changed = true;
  }

  private void advanceMulti(int multi, int offset) {
    if (nextMulti - multi < 0) {
      nextMulti = multi;
      changed = true;
    }
    if (nextMultiOffset - offset < 0) {
      nextMultiOffset = offset;
      changed = true;
    }
  }

  private void advanceOldestMulti(int multi, int database) {
    if (oldestMulti - multi < 0) {
      oldestMulti = multi;
      oldestMultiDatabase = database;
      changed = true;
    }
  }

  private void advanceOldestXid(int transactionId, int database) {
    if (oldestXid - transactionId < 0) {
      oldestXid = transactionId;
      oldestXidDatabase = database;
      changed = true;
    }
  }
}
