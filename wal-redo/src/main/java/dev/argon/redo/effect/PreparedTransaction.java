package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// The head of a prepared transaction's record (`xl_xact_prepare`) and the subtransactions behind
/// it.
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record PreparedTransaction(int transactionId, long originLsn, int[] subtransactions) {

  /// `TWOPHASE_MAGIC` of 15.
  private static final int MAGIC = 0x57F94534;

  static PreparedTransaction read(WalRecord record) throws CorruptDataException {
    RecordData data = new RecordData(record);
    int magic = data.readInt();
    int length = data.readInt();
    if (magic != MAGIC || length != record.mainDataLength() + 4) {
      throw new CorruptDataException(
          "prepared transaction with magic %X, length %d in record %s"
              .formatted(magic, length, record));
    }
    int transactionId = data.readInt();
    data.skip(4 + 8 + 4); // database, time, owner
    int subtransactionCount = data.readInt();
    data.skip(4 * 5 + 1 + 1); // counts of other parts, a flag and padding
    int gidLength = data.readShort();
    long originLsn = data.readLong();
    data.skip(8); // the origin's time
    if (subtransactionCount < 0 || subtransactionCount > record.mainDataLength() / 4) {
      throw new CorruptDataException(
          "prepared transaction with " + subtransactionCount + " subtransactions in " + record);
    }
    data.skip((gidLength + 7) & ~7);
    return new PreparedTransaction(transactionId, originLsn, data.readInts(subtransactionCount));
  }
}
