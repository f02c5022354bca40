package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalRecord;
import java.util.ArrayList;
import java.util.List;

/// A commit or abort record (`xl_xact_commit`, `xl_xact_abort` and what may follow them; xact.h,
/// `ParseCommitRecord`).
///
/// @param transactionId the transaction that ended; of a prepared one, not the session's
/// @param prepared whether it had been prepared
/// @param timeMicros since 2000-01-01 UTC
/// @param subtransactions that end with it
/// @param droppedRelations whose files go away now
/// @param originLsn 0 if it was not replicated from elsewhere
/// @param originTimeMicros when it committed there; `timeMicros` if it was not replicated
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record TransactionEnd(
    boolean committed,
    int transactionId,
    boolean prepared,
    long timeMicros,
    int[] subtransactions,
    List<RelFileNode> droppedRelations,
    long originLsn,
    long originTimeMicros) {

  static final int XACT_COMMIT = 0x00;
  static final int XACT_PREPARE = 0x10;
  static final int XACT_ABORT = 0x20;
  static final int XACT_COMMIT_PREPARED = 0x30;
  static final int XACT_ABORT_PREPARED = 0x40;
  static final int XACT_ASSIGNMENT = 0x50;
  static final int XACT_INVALIDATIONS = 0x60;
  static final int XACT_OPERATION_MASK = 0x70;
  private static final int XACT_HAS_INFO = 0x80;

  private static final int HAS_DATABASE = 1;
  private static final int HAS_SUBTRANSACTIONS = 1 << 1;
  private static final int HAS_RELATIONS = 1 << 2;
  private static final int HAS_INVALIDATIONS = 1 << 3;
  private static final int HAS_TWO_PHASE = 1 << 4;
  private static final int HAS_ORIGIN = 1 << 5;
  private static final int HAS_GID = 1 << 7;
  private static final int HAS_DROPPED_STATISTICS = 1 << 8;

  private static final int RELATION_SIZE = 12;
  private static final int STATISTICS_SIZE = 12;
  private static final int INVALIDATION_SIZE = 16;
  private static final int[] NONE = {};

  /// Reads a record of one of the four kinds that end a transaction.
  static TransactionEnd read(WalRecord record) throws CorruptDataException {
    int operation = record.info() & XACT_OPERATION_MASK;
    boolean committed = operation == XACT_COMMIT || operation == XACT_COMMIT_PREPARED;
    RecordData data = new RecordData(record);
    long time = data.readLong();
    int flags = (record.info() & XACT_HAS_INFO) != 0 ? data.readInt() : 0;
    if ((flags & HAS_DATABASE) != 0) {
      data.skip(8);
    }
    int[] subtransactions = NONE;
    if ((flags & HAS_SUBTRANSACTIONS) != 0) {
      subtransactions = data.readInts(data.readCount(Integer.BYTES));
    }
    List<RelFileNode> dropped = List.of();
    if ((flags & HAS_RELATIONS) != 0) {
      int count = data.readCount(RELATION_SIZE);
      dropped = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        dropped.add(data.readRelation());
      }
    }
    if ((flags & HAS_DROPPED_STATISTICS) != 0) {
      data.skip(data.readCount(STATISTICS_SIZE) * STATISTICS_SIZE);
    }
    if (committed && (flags & HAS_INVALIDATIONS) != 0) {
      data.skip(data.readCount(INVALIDATION_SIZE) * INVALIDATION_SIZE);
    }
    int transactionId = record.transactionId();
    boolean prepared = operation == XACT_COMMIT_PREPARED || operation == XACT_ABORT_PREPARED;
    if ((flags & HAS_TWO_PHASE) != 0) {
      int twoPhaseId = data.readInt();
      if (prepared) {
        transactionId = twoPhaseId;
      }
      if ((flags & HAS_GID) != 0) {
        data.skipText();
      }
    } else if (prepared) {
      throw new CorruptDataException("WAL record " + record + " names no prepared transaction");
    }
    boolean hasOrigin = (flags & HAS_ORIGIN) != 0;
    long originLsn = hasOrigin ? data.readLong() : 0;
    long originTime = hasOrigin ? data.readLong() : time;
    if (transactionId == 0) {
      throw new CorruptDataException("WAL record " + record + " ends no transaction");
    }
    return new TransactionEnd(
        committed, transactionId, prepared, time, subtransactions, dropped, originLsn, originTime);
  }
}
