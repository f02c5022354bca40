package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Logical decoding messages (`xl_logical_message`; message.h).
final class LogicalMessageDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "MESSAGE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    if (record.info() != 0x00) {
      return;
    }
    text.add(data.flag(4) ? "transactional" : "non-transactional");
    text.add(", prefix \"").add(data.text(24)).add("\"; payload (");
    long prefixSize = data.longInteger(8);
    long size = data.longInteger(16);
    text.unsigned(size).add(" bytes): ");
    if (prefixSize < 0 || size < 0 || prefixSize + size > data.length() - 24) {
      throw new CorruptDataException("prefix of " + prefixSize + " and message of " + size);
    }
    for (int i = 0; i < size; i++) {
      text.add(i == 0 ? "" : " ").hexByte(data.unsignedByte(24 + (int) prefixSize + i));
    }
  }
}
