package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Gist (gistxlog.h).
final class GistDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "PAGE_UPDATE";
      case 0x10 -> "DELETE";
      case 0x20 -> "PAGE_REUSE";
      case 0x30 -> "PAGE_SPLIT";
      case 0x60 -> "PAGE_DELETE";
      case 0x70 -> "ASSIGN_LSN";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x10 -> {
        text.add("delete: latestRemovedXid ").unsigned(data.integer(0));
        text.add(", nitems: ").signed(data.unsignedShort(4));
      }
      case 0x20 -> {
        text.add("rel ").relation(data, 0).add("; blk ").unsigned(data.integer(12));
        text.add("; latestRemovedXid ").fullTransactionId(data.longInteger(16));
      }
      case 0x30 -> text.add("page_split: splits to ").signed(data.unsignedShort(18)).add(" pages");
      case 0x60 -> {
        text.add("deleteXid ").fullTransactionId(data.longInteger(0));
        text.add("; downlink ").signed(data.unsignedShort(8));
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
