package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Heap2: the rest of heap (heapam_xlog.h).
final class Heap2Description implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "REWRITE";
      case 0x10 -> "PRUNE";
      case 0x20 -> "VACUUM";
      case 0x30 -> "FREEZE_PAGE";
      case 0x40 -> "VISIBLE";
      case 0x50 -> "MULTI_INSERT";
      case 0xD0 -> "MULTI_INSERT+INIT";
      case 0x60 -> "LOCK_UPDATED";
      case 0x70 -> "NEW_CID";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info() & HeapDescription.OPERATION_MASK) {
      case 0x10 -> {
        text.add("latestRemovedXid ").unsigned(data.integer(0));
        text.add(" nredirected ").signed(data.unsignedShort(4));
        text.add(" ndead ").signed(data.unsignedShort(6));
      }
      case 0x20 -> text.add("nunused ").signed(data.unsignedShort(0));
      case 0x30 -> {
        text.add("cutoff xid ").unsigned(data.integer(0));
        text.add(" ntuples ").signed(data.unsignedShort(4));
      }
      case 0x40 -> {
        text.add("cutoff xid ").unsigned(data.integer(0));
        text.add(" flags 0x").hexByte(data.unsignedByte(4));
      }
      case 0x50 -> {
        text.signed(data.unsignedShort(2)).add(" tuples");
        text.add(" flags 0x").hexByte(data.unsignedByte(0));
      }
      case 0x60 -> {
        text.add("off ").signed(data.unsignedShort(4));
        text.add(": xmax ").unsigned(data.integer(0));
        text.add(": flags 0x").hexByte(data.unsignedByte(7)).add(' ');
        HeapDescription.addLockBits(data.unsignedByte(6), text);
      }
      case 0x70 -> {
        text.add("rel ").relation(data, 16);
        text.add("; tid ").unsigned(data.block(28)).add('/').signed(data.unsignedShort(32));
        text.add("; cmin: ").unsigned(data.integer(4)).add(", cmax: ").unsigned(data.integer(8));
        text.add(", combo: ").unsigned(data.integer(12));
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
