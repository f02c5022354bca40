package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Commit timestamp pages (`xl_commit_ts_truncate`; commit_ts.h).
final class CommitTimestampDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xFF) {
      case 0x00 -> "ZEROPAGE";
      case 0x10 -> "TRUNCATE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> text.signed(data.integer(0));
      case 0x10 ->
          text.add("pageno ").signed(data.integer(0)).add(", oldestXid ").unsigned(data.integer(4));
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
