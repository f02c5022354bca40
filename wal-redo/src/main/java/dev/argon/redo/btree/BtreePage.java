package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// The special space of a b-tree page (`BTPageOpaqueData`, nbtree.h), 16 bytes: previous block u32,
/// next block u32, level u32, flags u16, cycle id u16.
final class BtreePage {

  static final int SPECIAL_SIZE = 16;

  /// `P_NONE`: no sibling.
  static final int NONE = 0;

  static final int LEAF = 0x0001;
  static final int ROOT = 0x0002;
  static final int DELETED = 0x0004;
  static final int META = 0x0008;
  static final int HALF_DEAD = 0x0010;
  static final int SPLIT_END = 0x0020;
  static final int HAS_GARBAGE = 0x0040;
  static final int INCOMPLETE_SPLIT = 0x0080;
  static final int HAS_FULL_TRANSACTION_ID = 0x0100;

  /// `P_HIKEY`: the high key of a page that is not the rightmost.
  static final int HIGH_KEY_ITEM = 1;

  private static final int OPAQUE = PageHeader.PAGE_SIZE - SPECIAL_SIZE;
  private static final int OFFSET_PREVIOUS = OPAQUE;
  private static final int OFFSET_NEXT = OPAQUE + 4;
  private static final int OFFSET_LEVEL = OPAQUE + 8;
  private static final int OFFSET_FLAGS = OPAQUE + 12;
  private static final int OFFSET_CYCLE_ID = OPAQUE + 14;

  private BtreePage() {}

  /// Boundaries and special space are those of a b-tree page.
  static void check(ByteBuffer page) throws CorruptDataException {
    PageHeader.checkSpecial(page, SPECIAL_SIZE);
  }

  /// `_bt_pageinit`, then siblings, level and flags.
  static void initialise(ByteBuffer page, int previous, int next, int level, int flags) {
    PageHeader.initialise(page, SPECIAL_SIZE);
    setPrevious(page, previous);
    setNext(page, next);
    page.putInt(OFFSET_LEVEL, level);
    setFlags(page, flags);
  }

  static void setPrevious(ByteBuffer page, int block) {
    page.putInt(OFFSET_PREVIOUS, block);
  }

  static int next(ByteBuffer page) {
    return page.getInt(OFFSET_NEXT);
  }

  static void setNext(ByteBuffer page, int block) {
    page.putInt(OFFSET_NEXT, block);
  }

  static int flags(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_FLAGS));
  }

  static void setFlags(ByteBuffer page, int flags) {
    page.putShort(OFFSET_FLAGS, (short) flags);
  }

  static void clearFlag(ByteBuffer page, int flag) {
    setFlags(page, flags(page) & ~flag);
  }

  static void clearCycleId(ByteBuffer page) {
    page.putShort(OFFSET_CYCLE_ID, (short) 0);
  }

  /// `P_FIRSTDATAKEY`: the first item that is no high key.
  static int firstDataItem(ByteBuffer page) {
    return next(page) == NONE ? HIGH_KEY_ITEM : HIGH_KEY_ITEM + 1;
  }
}
