package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Replication origins (origin.h).
final class ReplicationOriginDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xFF) {
      case 0x00 -> "SET";
      case 0x10 -> "DROP";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> {
        text.add("set ").signed(data.unsignedShort(8)).add("; lsn ").lsn(data.longInteger(0));
        text.add("; force: ").signed(data.unsignedByte(10));
      }
      case 0x10 -> text.add("drop ").signed(data.unsignedShort(0));
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
