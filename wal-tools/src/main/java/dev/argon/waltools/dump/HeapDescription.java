package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Heap (heapam_xlog.h).
final class HeapDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "INSERT";
      case 0x80 -> "INSERT+INIT";
      case 0x10 -> "DELETE";
      case 0x20 -> "UPDATE";
      case 0xA0 -> "UPDATE+INIT";
      case 0x40 -> "HOT_UPDATE";
      case 0xC0 -> "HOT_UPDATE+INIT";
      case 0x30 -> "TRUNCATE";
      case 0x50 -> "HEAP_CONFIRM";
      case 0x60 -> "LOCK";
      case 0x70 -> "INPLACE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info() & OPERATION_MASK) {
      case 0x00 -> {
        text.add("off ").signed(data.unsignedShort(0));
        text.add(" flags 0x").hexByte(data.unsignedByte(2));
      }
      case 0x10 -> {
        text.add("off ").signed(data.unsignedShort(4));
        text.add(" flags 0x").hexByte(data.unsignedByte(7)).add(' ');
        addLockBits(data.unsignedByte(6), text);
      }
      case 0x20, 0x40 -> describeUpdate(data, text);
      case 0x30 -> describeTruncate(data, text);
      case 0x50, 0x70 -> text.add("off ").signed(data.unsignedShort(0));
      case 0x60 -> {
        text.add("off ").signed(data.unsignedShort(4));
        text.add(": xid ").unsigned(data.integer(0));
        text.add(": flags 0x").hexByte(data.unsignedByte(7)).add(' ');
        addLockBits(data.unsignedByte(6), text);
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  /// `XLOG_HEAP_OPMASK`: the highest bit says that the page is made anew.
  static final int OPERATION_MASK = 0x70;

  /// `xl_heap_update`.
  private static void describeUpdate(RecordFields data, DescriptionText text)
      throws CorruptDataException {
    text.add("off ").signed(data.unsignedShort(4)).add(" xmax ").unsigned(data.integer(0));
    text.add(" flags 0x").hexByte(data.unsignedByte(7)).add(' ');
    addLockBits(data.unsignedByte(6), text);
    text.add("; new off ").signed(data.unsignedShort(12));
    text.add(" xmax ").unsigned(data.integer(8));
  }

  /// `xl_heap_truncate`.
  private static void describeTruncate(RecordFields data, DescriptionText text)
      throws CorruptDataException {
    int flags = data.unsignedByte(8);
    text.add((flags & 1) != 0 ? "cascade " : "").add((flags & 2) != 0 ? "restart_seqs " : "");
    text.add("nrelids ").unsigned(data.integer(4)).add(" relids");
    int count = data.count(4, 12, 4);
    for (int i = 0; i < count; i++) {
      text.add(' ').unsigned(data.integer(12 + 4 * i));
    }
  }

  /// `XLHL_*`: the lock of a tuple's xmax.
  static void addLockBits(int bits, DescriptionText text) {
    text.add((bits & 0x01) != 0 ? "IS_MULTI " : "");
    text.add((bits & 0x02) != 0 ? "LOCK_ONLY " : "");
    text.add((bits & 0x04) != 0 ? "EXCL_LOCK " : "");
    text.add((bits & 0x08) != 0 ? "KEYSHR_LOCK " : "");
    text.add((bits & 0x10) != 0 ? "KEYS_UPDATED " : "");
  }
}
