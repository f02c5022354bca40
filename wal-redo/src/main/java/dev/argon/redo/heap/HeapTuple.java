package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageItems;
import java.nio.ByteBuffer;

/// A heap tuple's header (`HeapTupleHeaderData`, htup_details.h) at a position on a page.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | `t_xmin` |
/// | 4 | 4 | `t_xmax` |
/// | 8 | 4 | `t_cid` or `t_xvac` |
/// | 12 | 6 | `t_ctid`: block (high half, low half), item |
/// | 18 | 2 | `t_infomask2` |
/// | 20 | 2 | `t_infomask` |
/// | 22 | 1 | `t_hoff`: start of the data |
/// | 23 | | null bitmap, padding, data |
final class HeapTuple {

  /// `SizeofHeapTupleHeader`.
  static final int HEADER_SIZE = 23;

  /// `MaxHeapTupleSize`: 8192 less page header and one line pointer, aligned.
  static final int SIZE_MAX = 8160;

  static final int XMAX_KEYSHR_LOCK = 0x0010;
  static final int COMBO_COMMAND_ID = 0x0020;
  static final int XMAX_EXCL_LOCK = 0x0040;
  static final int XMAX_LOCK_ONLY = 0x0080;
  static final int XMIN_FROZEN = 0x0300;
  static final int XMAX_COMMITTED = 0x0400;
  static final int XMAX_INVALID = 0x0800;
  static final int XMAX_IS_MULTI = 0x1000;
  static final int MOVED = 0xC000;

  /// `HEAP_XACT_MASK`.
  static final int VISIBILITY_BITS = 0xFFF0;

  private static final int LOCK_MASK = XMAX_EXCL_LOCK | XMAX_KEYSHR_LOCK;

  /// `HEAP_XMAX_BITS`.
  private static final int XMAX_BITS =
      XMAX_COMMITTED | XMAX_INVALID | XMAX_IS_MULTI | LOCK_MASK | XMAX_LOCK_ONLY;

  private static final int KEYS_UPDATED = 0x2000;
  private static final int HOT_UPDATED = 0x4000;

  // xl_heap_*.infobits_set (heapam_xlog.h).
  private static final int RECORD_XMAX_IS_MULTI = 0x01;
  private static final int RECORD_XMAX_LOCK_ONLY = 0x02;
  private static final int RECORD_XMAX_EXCL_LOCK = 0x04;
  private static final int RECORD_XMAX_KEYSHR_LOCK = 0x08;
  private static final int RECORD_KEYS_UPDATED = 0x10;

  private static final int OFFSET_XMIN = 0;
  private static final int OFFSET_XMAX = 4;
  private static final int OFFSET_COMMAND = 8;
  private static final int OFFSET_CTID = 12;
  private static final int OFFSET_INFOMASK2 = 18;
  private static final int OFFSET_INFOMASK = 20;
  private static final int OFFSET_DATA_START = 22;

  /// `MovedPartitionsBlockNumber` and `MovedPartitionsOffsetNumber` (itemptr.h).
  private static final int MOVED_PARTITIONS_BLOCK = 0xFFFFFFFF;

  private static final int MOVED_PARTITIONS_ITEM = 0xFFFD;

  /// `SpecTokenOffsetNumber` (itemptr.h).
  private static final int SPECULATIVE_ITEM = 0xFFFE;

  private HeapTuple() {}

  /// Where a tuple that a record changes lies. The page's header has been checked.
  static int require(ByteBuffer page, int item) throws CorruptDataException {
    return LinePointer.offset(PageItems.requireNormal(page, item, HEADER_SIZE));
  }

  /// Puts the header of a new tuple: what a record says of it (`xl_heap_header`: `t_infomask2`,
  /// `t_infomask`, `t_hoff` at `header`), and command id 0.
  static void putNew(ByteBuffer page, int tuple, byte[] bytes, int header, int xmin, int xmax) {
    page.putInt(tuple + OFFSET_XMIN, xmin);
    page.putInt(tuple + OFFSET_XMAX, xmax);
    page.putInt(tuple + OFFSET_COMMAND, 0);
    page.putShort(tuple + OFFSET_INFOMASK2, (short) LittleEndian.unsignedShort(bytes, header));
    page.putShort(
        tuple + OFFSET_INFOMASK,
        (short) (LittleEndian.unsignedShort(bytes, header + 2) & ~COMBO_COMMAND_ID));
    page.put(tuple + OFFSET_DATA_START, bytes[header + 4]);
  }

  static int infomask(ByteBuffer page, int tuple) {
    return Short.toUnsignedInt(page.getShort(tuple + OFFSET_INFOMASK));
  }

  static void setInfomask(ByteBuffer page, int tuple, int infomask) {
    page.putShort(tuple + OFFSET_INFOMASK, (short) infomask);
  }

  private static int infomask2(ByteBuffer page, int tuple) {
    return Short.toUnsignedInt(page.getShort(tuple + OFFSET_INFOMASK2));
  }

  static void setInfomask2(ByteBuffer page, int tuple, int infomask2) {
    page.putShort(tuple + OFFSET_INFOMASK2, (short) infomask2);
  }

  static int dataStart(ByteBuffer page, int tuple) {
    return Byte.toUnsignedInt(page.get(tuple + OFFSET_DATA_START));
  }

  static void setXmin(ByteBuffer page, int tuple, int transactionId) {
    page.putInt(tuple + OFFSET_XMIN, transactionId);
  }

  static void setXmax(ByteBuffer page, int tuple, int transactionId) {
    page.putInt(tuple + OFFSET_XMAX, transactionId);
  }

  /// The command id, or of a tuple that a server before 9.0 moved, the id of that vacuum.
  static void setCommand(ByteBuffer page, int tuple, int value) {
    page.putInt(tuple + OFFSET_COMMAND, value);
  }

  /// `HeapTupleHeaderSetCmax` to the first command.
  static void clearCommand(ByteBuffer page, int tuple) {
    setCommand(page, tuple, 0);
    setInfomask(page, tuple, infomask(page, tuple) & ~COMBO_COMMAND_ID);
  }

  static void setLink(ByteBuffer page, int tuple, int block, int item) {
    page.putShort(tuple + OFFSET_CTID, (short) (block >>> 16));
    page.putShort(tuple + OFFSET_CTID + 2, (short) block);
    page.putShort(tuple + OFFSET_CTID + 4, (short) item);
  }

  static void setMovedPartitions(ByteBuffer page, int tuple) {
    setLink(page, tuple, MOVED_PARTITIONS_BLOCK, MOVED_PARTITIONS_ITEM);
  }

  static boolean isSpeculative(ByteBuffer page, int tuple) {
    return Short.toUnsignedInt(page.getShort(tuple + OFFSET_CTID + 4)) == SPECULATIVE_ITEM;
  }

  /// Takes away what the tuple said of its xmax and puts what a record's `infobits_set` says
  /// (`fix_infomask_from_infobits`).
  static void setXmaxState(ByteBuffer page, int tuple, int bits) {
    int infomask = infomask(page, tuple) & ~(XMAX_BITS | MOVED);
    int infomask2 = infomask2(page, tuple) & ~KEYS_UPDATED;
    infomask |= (bits & RECORD_XMAX_IS_MULTI) != 0 ? XMAX_IS_MULTI : 0;
    infomask |= (bits & RECORD_XMAX_LOCK_ONLY) != 0 ? XMAX_LOCK_ONLY : 0;
    infomask |= (bits & RECORD_XMAX_EXCL_LOCK) != 0 ? XMAX_EXCL_LOCK : 0;
    infomask |= (bits & RECORD_XMAX_KEYSHR_LOCK) != 0 ? XMAX_KEYSHR_LOCK : 0;
    infomask2 |= (bits & RECORD_KEYS_UPDATED) != 0 ? KEYS_UPDATED : 0;
    setInfomask(page, tuple, infomask);
    setInfomask2(page, tuple, infomask2);
  }

  /// `HEAP_XMAX_IS_LOCKED_ONLY`: xmax locks the tuple and does not update it.
  static boolean isLockedOnly(int infomask) {
    return (infomask & XMAX_LOCK_ONLY) != 0
        || (infomask & (XMAX_IS_MULTI | LOCK_MASK)) == XMAX_EXCL_LOCK;
  }

  static void setHotUpdated(ByteBuffer page, int tuple, boolean hot) {
    int infomask2 = infomask2(page, tuple);
    setInfomask2(page, tuple, hot ? infomask2 | HOT_UPDATED : infomask2 & ~HOT_UPDATED);
  }
}
