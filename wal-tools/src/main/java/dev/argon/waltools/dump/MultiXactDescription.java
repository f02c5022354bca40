package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Multixact pages and members (`xl_multixact_create`, `xl_multixact_truncate`; multixact.h).
final class MultiXactDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "ZERO_OFF_PAGE";
      case 0x10 -> "ZERO_MEM_PAGE";
      case 0x20 -> "CREATE_ID";
      case 0x30 -> "TRUNCATE_ID";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00, 0x10 -> text.signed(data.integer(0));
      case 0x20 -> {
        text.unsigned(data.integer(0)).add(" offset ").unsigned(data.integer(4));
        text.add(" nmembers ").signed(data.integer(8)).add(": ");
        int count = data.count(8, 12, 8);
        for (int i = 0; i < count; i++) {
          text.unsigned(data.integer(12 + 8 * i)).add(' ').add(status(data.integer(16 + 8 * i)));
        }
      }
      case 0x30 -> {
        text.add("offsets [").unsigned(data.integer(4)).add(", ").unsigned(data.integer(8));
        text.add("), members [").unsigned(data.integer(12)).add(", ").unsigned(data.integer(16));
        text.add(')');
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  /// `MultiXactStatus`.
  private static String status(int status) {
    return switch (status) {
      case 0 -> "(keysh) ";
      case 1 -> "(sh) ";
      case 2 -> "(fornokeyupd) ";
      case 3 -> "(forupd) ";
      case 4 -> "(nokeyupd) ";
      case 5 -> "(upd) ";
      default -> "(unk) ";
    };
  }
}
