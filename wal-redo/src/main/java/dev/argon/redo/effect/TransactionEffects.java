package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.wal.WalRecord;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Records of the transaction manager (`xact_redo`).
final class TransactionEffects {

  private TransactionEffects() {}

  static void decode(WalRecord record, EffectSink sink) throws CorruptDataException {
    switch (record.info() & TransactionEnd.XACT_OPERATION_MASK) {
      case TransactionEnd.XACT_COMMIT,
          TransactionEnd.XACT_ABORT,
          TransactionEnd.XACT_COMMIT_PREPARED,
          TransactionEnd.XACT_ABORT_PREPARED ->
          end(record, TransactionEnd.read(record), sink);
      case TransactionEnd.XACT_PREPARE -> prepare(record, sink);
      case TransactionEnd.XACT_ASSIGNMENT, TransactionEnd.XACT_INVALIDATIONS -> {
        // Of interest to standbys and logical decoding only.
      }
      default -> throw RecordEffects.unknown(record);
    }
  }

  private static void end(WalRecord record, TransactionEnd end, EffectSink sink) {
    int state = end.committed() ? CommitLog.COMMITTED : CommitLog.ABORTED;
    setStates(state, end.transactionId(), end.subtransactions(), sink);
    if (end.originLsn() != 0) {
      sink.replicationOrigin(record.originId(), end.originLsn());
    }
    for (RelFileNode relation : end.droppedRelations()) {
      sink.relationDrop(relation);
    }
    if (end.prepared()) {
      sink.twoPhaseRemove(end.transactionId());
    }
    if (end.committed()) {
      sink.commitTime(end.timeMicros());
      sink.commitTimestamp(
          end.transactionId(), end.subtransactions(), end.originTimeMicros(), record.originId());
    }
  }

  // One change per page: two values of one page at one LSN could not be told apart.
  private static void setStates(
      int state, int transactionId, int[] subtransactions, EffectSink sink) {
    int[] left = Arrays.copyOf(subtransactions, subtransactions.length + 1);
    left[subtransactions.length] = transactionId;
    int count = left.length;
    while (count > 0) {
      int page = CommitLog.page(left[count - 1]);
      int[] onPage = new int[count];
      int taken = 0;
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (CommitLog.page(left[i]) == page) {
          onPage[taken++] = left[i];
        } else {
          left[kept++] = left[i];
        }
      }
      count = kept;
      PageChange change = new PageChange.TransactionStates(state, Arrays.copyOf(onPage, taken));
      sink.slruChange(Slru.CLOG, page, change.encode());
    }
  }

  // The state file of a prepared transaction is the record's body and a checksum
  // (RecreateTwoPhaseFile).
  private static void prepare(WalRecord record, EffectSink sink) throws CorruptDataException {
    PreparedTransaction header = PreparedTransaction.read(record);
    int length = record.mainDataLength();
    byte[] state =
        Arrays.copyOfRange(
            record.bytes(), record.mainDataOffset(), record.mainDataOffset() + length + 4);
    CRC32C crc = new CRC32C();
    crc.update(record.bytes(), record.mainDataOffset(), length);
    LittleEndian.writeInt(state, length, (int) crc.getValue());
    sink.twoPhaseCreate(header.transactionId(), state);
    if (record.originId() != 0) {
      sink.replicationOrigin(record.originId(), header.originLsn());
    }
  }
}
