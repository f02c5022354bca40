package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Generic records of index extensions: which parts of pages they overwrite (generic_xlog.c).
final class GenericDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return "Generic";
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);
    int at = 0;
    while (at < data.length()) {
      int length = data.unsignedShort(at + 2);
      text.add("offset ").signed(data.unsignedShort(at)).add(", length ").signed(length);
      at += 4 + length;
      if (at < data.length()) {
        text.add("; ");
      }
    }
  }
}
