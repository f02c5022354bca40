package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Creating and dropping tablespaces (`xl_tblspc_create_rec`; tablespace.h).
final class TablespaceDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "CREATE";
      case 0x10 -> "DROP";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> text.unsigned(data.integer(0)).add(" \"").add(data.text(4)).add('"');
      case 0x10 -> text.unsigned(data.integer(0));
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
