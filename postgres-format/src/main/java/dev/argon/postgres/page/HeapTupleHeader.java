package dev.argon.postgres.page;

import dev.argon.postgres.LittleEndian;

/// The header of a heap tuple (`HeapTupleHeaderData`, htup_details.h) at an offset in a page. The
/// caller has checked that [#SIZE] bytes lie there.
public final class HeapTupleHeader {

  /// `SizeofHeapTupleHeader`: without null bitmap and padding.
  public static final int SIZE = 23;

  public static final int OFFSET_XMIN = 0;
  public static final int OFFSET_XMAX = 4;
  public static final int OFFSET_COMMAND_ID = 8;
  public static final int OFFSET_CTID = 12;
  public static final int OFFSET_INFOMASK2 = 18;
  public static final int OFFSET_INFOMASK = 20;
  public static final int OFFSET_HOFF = 22;

  /// `t_infomask`.
  public static final int HAS_NULL = 0x0001;

  public static final int HAS_VARWIDTH = 0x0002;
  public static final int HAS_EXTERNAL = 0x0004;
  public static final int XMAX_KEYSHR_LOCK = 0x0010;
  public static final int COMBO_CID = 0x0020;
  public static final int XMAX_EXCL_LOCK = 0x0040;
  public static final int XMAX_LOCK_ONLY = 0x0080;
  public static final int XMIN_COMMITTED = 0x0100;
  public static final int XMIN_INVALID = 0x0200;
  public static final int XMIN_FROZEN = XMIN_COMMITTED | XMIN_INVALID;
  public static final int XMAX_COMMITTED = 0x0400;
  public static final int XMAX_INVALID = 0x0800;
  public static final int XMAX_IS_MULTI = 0x1000;
  public static final int UPDATED = 0x2000;
  public static final int MOVED_OFF = 0x4000;
  public static final int MOVED_IN = 0x8000;
  public static final int MOVED = MOVED_OFF | MOVED_IN;

  /// `t_infomask2`.
  public static final int NATTS_MASK = 0x07FF;

  public static final int KEYS_UPDATED = 0x2000;
  public static final int HOT_UPDATED = 0x4000;
  public static final int ONLY_TUPLE = 0x8000;

  private HeapTupleHeader() {}

  public static int xmin(byte[] page, int offset) {
    return LittleEndian.readInt(page, offset + OFFSET_XMIN);
  }

  public static void setXmin(byte[] page, int offset, int xid) {
    LittleEndian.writeInt(page, offset + OFFSET_XMIN, xid);
  }

  public static int xmax(byte[] page, int offset) {
    return LittleEndian.readInt(page, offset + OFFSET_XMAX);
  }

  public static void setXmax(byte[] page, int offset, int xid) {
    LittleEndian.writeInt(page, offset + OFFSET_XMAX, xid);
  }

  public static int commandId(byte[] page, int offset) {
    return LittleEndian.readInt(page, offset + OFFSET_COMMAND_ID);
  }

  public static void setCommandId(byte[] page, int offset, int commandId) {
    LittleEndian.writeInt(page, offset + OFFSET_COMMAND_ID, commandId);
  }

  /// The block of `t_ctid`, whose halves are stored high first.
  public static int ctidBlock(byte[] page, int offset) {
    return LittleEndian.unsignedShort(page, offset + OFFSET_CTID) << 16
        | LittleEndian.unsignedShort(page, offset + OFFSET_CTID + 2);
  }

  public static int ctidOffsetNumber(byte[] page, int offset) {
    return LittleEndian.unsignedShort(page, offset + OFFSET_CTID + 4);
  }

  public static void setCtid(byte[] page, int offset, int block, int offsetNumber) {
    LittleEndian.writeShort(page, offset + OFFSET_CTID, block >>> 16);
    LittleEndian.writeShort(page, offset + OFFSET_CTID + 2, block);
    LittleEndian.writeShort(page, offset + OFFSET_CTID + 4, offsetNumber);
  }

  public static int infomask(byte[] page, int offset) {
    return LittleEndian.unsignedShort(page, offset + OFFSET_INFOMASK);
  }

  public static void setInfomask(byte[] page, int offset, int infomask) {
    LittleEndian.writeShort(page, offset + OFFSET_INFOMASK, infomask);
  }

  public static int infomask2(byte[] page, int offset) {
    return LittleEndian.unsignedShort(page, offset + OFFSET_INFOMASK2);
  }

  public static void setInfomask2(byte[] page, int offset, int infomask2) {
    LittleEndian.writeShort(page, offset + OFFSET_INFOMASK2, infomask2);
  }

  /// Where the tuple's data begins, from the tuple's start.
  public static int hoff(byte[] page, int offset) {
    return LittleEndian.unsignedByte(page, offset + OFFSET_HOFF);
  }

  public static void setHoff(byte[] page, int offset, int hoff) {
    page[offset + OFFSET_HOFF] = (byte) hoff;
  }
}
