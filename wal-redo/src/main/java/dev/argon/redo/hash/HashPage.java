package dev.argon.redo.hash;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The special space of a hash page (`HashPageOpaqueData`, hash.h), 16 bytes: previous block u32,
/// next block u32, bucket u32, flags u16, page id u16. And bitmap pages: bits after the header.
final class HashPage {

  static final int SPECIAL_SIZE = 16;

  /// `InvalidBlockNumber` and `InvalidBucket`.
  static final int NONE = -1;

  static final int UNUSED_PAGE = 0;
  static final int OVERFLOW_PAGE = 0x01;
  static final int BUCKET_PAGE = 0x02;
  static final int BITMAP_PAGE = 0x04;
  static final int META_PAGE = 0x08;
  static final int NEEDS_SPLIT_CLEANUP = 0x40;
  static final int HAS_DEAD_TUPLES = 0x80;

  /// `LH_PAGE_TYPE`.
  static final int TYPE_MASK = 0x0F;

  /// `HashGetMaxBitmapSize`: what header and special space leave.
  static final int CONTENT_SIZE = PageHeader.PAGE_SIZE - PageHeader.SIZE - SPECIAL_SIZE;

  private static final int PAGE_ID = 0xFF80;

  private static final int OPAQUE = PageHeader.PAGE_SIZE - SPECIAL_SIZE;
  private static final int OFFSET_NEXT = OPAQUE + 4;
  private static final int OFFSET_BUCKET = OPAQUE + 8;
  private static final int OFFSET_FLAGS = OPAQUE + 12;
  private static final int OFFSET_PAGE_ID = OPAQUE + 14;

  private static final byte[] ONES = new byte[CONTENT_SIZE];

  static {
    Arrays.fill(ONES, (byte) 0xFF);
  }

  private HashPage() {}

  static void check(ByteBuffer page) throws CorruptDataException {
    PageHeader.checkSpecial(page, SPECIAL_SIZE);
  }

  /// `_hash_initbuf`; the next block is none.
  static void initialise(ByteBuffer page, int previous, int bucket, int flags) {
    PageHeader.initialise(page, SPECIAL_SIZE);
    setPrevious(page, previous);
    setNext(page, NONE);
    page.putInt(OFFSET_BUCKET, bucket);
    setFlags(page, flags);
    page.putShort(OFFSET_PAGE_ID, (short) PAGE_ID);
  }

  /// `_hash_initbitmapbuffer`: all bits are set.
  static void initialiseBitmap(ByteBuffer page, int size) throws CorruptDataException {
    if (size > CONTENT_SIZE) {
      throw new CorruptDataException("bitmap of " + size + " bytes");
    }
    initialise(page, NONE, NONE, BITMAP_PAGE);
    page.put(PageHeader.SIZE, ONES, 0, size);
    PageHeader.setLower(page, PageHeader.SIZE + size);
  }

  static void setBit(ByteBuffer page, int bit, boolean value) throws CorruptDataException {
    int at = bit >>> 3;
    if (at >= CONTENT_SIZE) {
      throw new CorruptDataException("bit " + Integer.toUnsignedString(bit) + " of a bitmap page");
    }
    int mask = 1 << (bit & 7);
    int old = page.get(PageHeader.SIZE + at);
    page.put(PageHeader.SIZE + at, (byte) (value ? old | mask : old & ~mask));
  }

  static void setPrevious(ByteBuffer page, int block) {
    page.putInt(OPAQUE, block);
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
}
