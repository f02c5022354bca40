package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Creating and dropping databases (dbcommands_xlog.h).
final class DatabaseDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "CREATE_FILE_COPY";
      case 0x10 -> "CREATE_WAL_LOG";
      case 0x20 -> "DROP";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> {
        directory(text.add("copy dir "), data.integer(12), data.integer(8));
        directory(text.add(" to "), data.integer(4), data.integer(0));
      }
      case 0x10 -> directory(text.add("create dir "), data.integer(4), data.integer(0));
      case 0x20 -> {
        text.add("dir");
        int count = data.count(4, 8, 4);
        for (int i = 0; i < count; i++) {
          directory(text.add(' '), data.integer(8 + 4 * i), data.integer(0));
        }
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  private static void directory(DescriptionText text, int tablespace, int database) {
    text.unsigned(tablespace).add('/').unsigned(database);
  }
}
