package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;

/// The header of a page (`PageHeaderData`, bufpage.h).
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | `pd_lsn`: high word first, then low word |
/// | 8 | 2 | `pd_checksum` |
/// | 10 | 2 | `pd_flags` |
/// | 12 | 2 | `pd_lower`: end of the line pointers |
/// | 14 | 2 | `pd_upper`: start of the items |
/// | 16 | 2 | `pd_special`: start of the special space |
/// | 18 | 2 | `pd_pagesize_version`: 8192 and layout version 4 |
/// | 20 | 4 | `pd_prune_xid` |
/// | 24 | | line pointers |
public final class PageHeader {

  /// `BLCKSZ`.
  public static final int PAGE_SIZE = 8192;

  /// `SizeOfPageHeaderData`.
  public static final int SIZE = 24;

  /// `PD_HAS_FREE_LINES`.
  public static final int HAS_FREE_LINES = 0x0001;

  /// `PD_PAGE_FULL`.
  public static final int PAGE_FULL = 0x0002;

  /// `PD_ALL_VISIBLE`.
  public static final int ALL_VISIBLE = 0x0004;

  private static final int OFFSET_LSN_HIGH = 0;
  private static final int OFFSET_LSN_LOW = 4;
  private static final int OFFSET_CHECKSUM = 8;
  private static final int OFFSET_FLAGS = 10;
  private static final int OFFSET_LOWER = 12;
  private static final int OFFSET_UPPER = 14;
  private static final int OFFSET_SPECIAL = 16;
  private static final int OFFSET_PAGE_SIZE_VERSION = 18;
  private static final int OFFSET_PRUNE_TRANSACTION = 20;

  private static final int LAYOUT_VERSION = 4;

  private static final byte[] ZEROS = new byte[PAGE_SIZE];

  private PageHeader() {}

  /// Rounds up to `MAXIMUM_ALIGNOF`, 8 bytes.
  public static int align(int length) {
    return (length + 7) & ~7;
  }

  /// `PageInit`: an empty page with `specialSize` bytes of zeros at its end.
  public static void initialise(ByteBuffer page, int specialSize) {
    page.put(0, ZEROS, 0, PAGE_SIZE);
    int special = PAGE_SIZE - align(specialSize);
    setLower(page, SIZE);
    setUpper(page, special);
    page.putShort(OFFSET_SPECIAL, (short) special);
    page.putShort(OFFSET_PAGE_SIZE_VERSION, (short) (PAGE_SIZE | LAYOUT_VERSION));
  }

  /// Fills bytes with zeros.
  public static void zero(ByteBuffer page, int from, int length) {
    page.put(from, ZEROS, 0, length);
  }

  /// `PageIsNew`: never initialised.
  public static boolean isNew(ByteBuffer page) {
    return upper(page) == 0;
  }

  /// Whether the three boundaries are in order and inside the page.
  ///
  /// @throws CorruptDataException if they are not
  public static void check(ByteBuffer page) throws CorruptDataException {
    int lower = lower(page);
    int upper = upper(page);
    int special = special(page);
    if (lower < SIZE
        || lower > upper
        || upper > special
        || special > PAGE_SIZE
        || special != align(special)) {
      throw new CorruptDataException(
          "page boundaries: lower " + lower + ", upper " + upper + ", special " + special);
    }
  }

  /// As [#check], and the special space has exactly this size.
  public static void checkSpecial(ByteBuffer page, int specialSize) throws CorruptDataException {
    check(page);
    if (special(page) != PAGE_SIZE - specialSize) {
      throw new CorruptDataException(
          "special space starts at " + special(page) + ", expected size " + specialSize);
    }
  }

  public static long lsn(ByteBuffer page) {
    return (long) page.getInt(OFFSET_LSN_HIGH) << 32
        | Integer.toUnsignedLong(page.getInt(OFFSET_LSN_LOW));
  }

  public static void setLsn(ByteBuffer page, long lsn) {
    page.putInt(OFFSET_LSN_HIGH, (int) (lsn >>> 32));
    page.putInt(OFFSET_LSN_LOW, (int) lsn);
  }

  static void setChecksum(ByteBuffer page, int checksum) {
    page.putShort(OFFSET_CHECKSUM, (short) checksum);
  }

  public static int flags(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_FLAGS));
  }

  public static void setFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (flags(page) | flag));
  }

  public static void clearFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (flags(page) & ~flag));
  }

  public static int lower(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_LOWER));
  }

  public static void setLower(ByteBuffer page, int lower) {
    page.putShort(OFFSET_LOWER, (short) lower);
  }

  public static int upper(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_UPPER));
  }

  public static void setUpper(ByteBuffer page, int upper) {
    page.putShort(OFFSET_UPPER, (short) upper);
  }

  public static int special(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_SPECIAL));
  }

  public static void setPruneTransaction(ByteBuffer page, int transactionId) {
    page.putInt(OFFSET_PRUNE_TRANSACTION, transactionId);
  }

  /// `PageSetPrunable`: the page may be pruned once `transactionId` is over; the older one wins.
  public static void setPrunable(ByteBuffer page, int transactionId) {
    int current = page.getInt(OFFSET_PRUNE_TRANSACTION);
    if (current == 0 || precedes(transactionId, current)) {
      setPruneTransaction(page, transactionId);
    }
  }

  /// `TransactionIdPrecedes`: the ids below 3 are older than all others, those compare modulo 2^32.
  private static boolean precedes(int a, int b) {
    boolean bothNormal = Integer.compareUnsigned(a, 3) >= 0 && Integer.compareUnsigned(b, 3) >= 0;
    return bothNormal ? a - b < 0 : Integer.compareUnsigned(a, b) < 0;
  }
}
