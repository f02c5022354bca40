package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// BRIN (brin_xlog.h).
final class BrinDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "CREATE_INDEX";
      case 0x10 -> "INSERT";
      case 0x90 -> "INSERT+INIT";
      case 0x20 -> "UPDATE";
      case 0xA0 -> "UPDATE+INIT";
      case 0x30 -> "SAMEPAGE_UPDATE";
      case 0x40 -> "REVMAP_EXTEND";
      case 0x50 -> "DESUMMARIZE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info() & OPERATION_MASK) {
      case 0x00 -> {
        text.add("v").signed(data.unsignedShort(4));
        text.add(" pagesPerRange ").unsigned(data.integer(0));
      }
      case 0x10 -> {
        text.add("heapBlk ").unsigned(data.integer(0));
        text.add(" pagesPerRange ").unsigned(data.integer(4));
        text.add(" offnum ").signed(data.unsignedShort(8));
      }
      case 0x20 -> {
        text.add("heapBlk ").unsigned(data.integer(4));
        text.add(" pagesPerRange ").unsigned(data.integer(8));
        text.add(" old offnum ").signed(data.unsignedShort(0));
        text.add(", new offnum ").signed(data.unsignedShort(12));
      }
      case 0x30 -> text.add("offnum ").signed(data.unsignedShort(0));
      case 0x40 -> text.add("targetBlk ").unsigned(data.integer(0));
      case 0x50 -> {
        text.add("pagesPerRange ").unsigned(data.integer(0));
        text.add(", heapBlk ").unsigned(data.integer(4));
        text.add(", page offset ").signed(data.unsignedShort(8));
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  /// `XLOG_BRIN_OPMASK`: the highest bit says that the page is made anew.
  private static final int OPERATION_MASK = 0x70;
}
