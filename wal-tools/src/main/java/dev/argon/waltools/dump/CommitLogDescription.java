package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Commit log pages (`clog_desc`; `xl_clog_truncate`, clog.h).
final class CommitLogDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "ZEROPAGE";
      case 0x10 -> "TRUNCATE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> text.add("page ").signed(data.integer(0));
      case 0x10 ->
          text.add("page ").signed(data.integer(0)).add("; oldestXact ").unsigned(data.integer(4));
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
