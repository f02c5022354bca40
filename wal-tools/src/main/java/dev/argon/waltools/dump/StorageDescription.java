package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.wal.WalRecord;

/// Storage (`xl_smgr_create`, `xl_smgr_truncate`; storage_xlog.h).
final class StorageDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x10 -> "CREATE";
      case 0x20 -> "TRUNCATE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x10 -> text.path(data, 0, data.integer(12));
      case 0x20 ->
          text.path(data, 4, Fork.MAIN)
              .add(" to ")
              .unsigned(data.integer(0))
              .add(" blocks flags ")
              .signed(data.integer(16));
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
