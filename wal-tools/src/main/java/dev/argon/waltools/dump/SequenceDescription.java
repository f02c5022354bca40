package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Sequence (`xl_seq_rec`; sequence.h).
final class SequenceDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "LOG";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    if (record.info() == 0x00) {
      text.add("rel ").relation(RecordFields.ofMainData(record), 0);
    }
  }
}
