package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// What a hot standby has to know (standbydefs.h).
final class StandbyDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "LOCK";
      case 0x10 -> "RUNNING_XACTS";
      case 0x20 -> "INVALIDATIONS";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> {
        int count = data.count(0, 4, 12);
        for (int i = 0; i < count; i++) {
          text.add("xid ").unsigned(data.integer(4 + 12 * i));
          text.add(" db ").unsigned(data.integer(8 + 12 * i));
          text.add(" rel ").unsigned(data.integer(12 + 12 * i)).add(' ');
        }
      }
      case 0x10 -> describeRunning(data, text);
      case 0x20 ->
          InvalidationMessages.describe(
              data, 12, data.integer(0), data.integer(4), data.flag(8), text);
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  /// `xl_running_xacts`.
  private static void describeRunning(RecordFields data, DescriptionText text)
      throws CorruptDataException {
    text.add("nextXid ").unsigned(data.integer(12));
    text.add(" latestCompletedXid ").unsigned(data.integer(20));
    text.add(" oldestRunningXid ").unsigned(data.integer(16));
    int count = data.count(0, 24, 4);
    if (count > 0) {
      text.add("; ").signed(count).add(" xacts:");
      for (int i = 0; i < count; i++) {
        text.add(' ').unsigned(data.integer(24 + 4 * i));
      }
    }
    if (data.flag(8)) {
      text.add("; subxid ovf");
    }
  }
}
