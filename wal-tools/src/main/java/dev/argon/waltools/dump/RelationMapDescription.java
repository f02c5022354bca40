package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Relation maps (`xl_relmap_update`; relmapper.h).
final class RelationMapDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "UPDATE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    if (record.info() == 0x00) {
      text.add("database ").unsigned(data.integer(0));
      text.add(" tablespace ").unsigned(data.integer(4));
      text.add(" size ").signed(data.integer(8));
    }
  }
}
