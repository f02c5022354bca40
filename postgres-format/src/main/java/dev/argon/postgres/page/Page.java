package dev.argon.postgres.page;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import java.util.Arrays;

/// The header and line pointers of a page (`PageHeaderData`), read and written in a whole page of
/// [#SIZE] bytes. Offset numbers count from 1 as in PostgreSQL.
public final class Page {

  /// `BLCKSZ`.
  public static final int SIZE = 8192;

  /// `SizeOfPageHeaderData`: where the line pointers begin.
  public static final int HEADER_SIZE = 24;

  /// `PG_PAGE_LAYOUT_VERSION`.
  public static final int LAYOUT_VERSION = 4;

  public static final int HAS_FREE_LINES = 0x0001;
  public static final int PAGE_FULL = 0x0002;
  public static final int ALL_VISIBLE = 0x0004;
  private static final int VALID_FLAGS = 0x0007;

  public static final int OFFSET_LSN = 0;
  public static final int OFFSET_CHECKSUM = 8;
  public static final int OFFSET_FLAGS = 10;
  public static final int OFFSET_LOWER = 12;
  public static final int OFFSET_UPPER = 14;
  public static final int OFFSET_SPECIAL = 16;
  public static final int OFFSET_SIZE_VERSION = 18;
  public static final int OFFSET_PRUNE_XID = 20;

  private Page() {}

  /// Makes an empty page (`PageInit`).
  ///
  /// @param specialSize bytes of the access method's area, rounded up to 8
  public static void init(byte[] page, int specialSize) {
    int special = SIZE - ((specialSize + 7) & ~7);
    Arrays.fill(page, 0, SIZE, (byte) 0);
    setLower(page, HEADER_SIZE);
    setUpper(page, special);
    setSpecial(page, special);
    LittleEndian.writeShort(page, OFFSET_SIZE_VERSION, SIZE | LAYOUT_VERSION);
  }

  /// Whether the page was never initialised (`PageIsNew`).
  public static boolean isNew(byte[] page) {
    return upper(page) == 0;
  }

  /// Checks what `PageIsVerifiedExtended` checks of a header.
  ///
  /// @throws CorruptDataException if the fields cannot belong to an initialised page
  public static void checkHeader(byte[] page) throws CorruptDataException {
    int lower = lower(page);
    int upper = upper(page);
    int special = special(page);
    boolean good =
        (flags(page) & ~VALID_FLAGS) == 0
            && lower >= HEADER_SIZE
            && lower <= upper
            && upper <= special
            && special <= SIZE
            && special % 8 == 0
            && LittleEndian.unsignedShort(page, OFFSET_SIZE_VERSION) == (SIZE | LAYOUT_VERSION);
    if (!good) {
      throw new CorruptDataException(
          "page header: flags %04X, lower %d, upper %d, special %d, size and version %04X"
              .formatted(
                  flags(page),
                  lower,
                  upper,
                  special,
                  LittleEndian.unsignedShort(page, OFFSET_SIZE_VERSION)));
    }
  }

  public static long lsn(byte[] page) {
    return (LittleEndian.unsignedInt(page, OFFSET_LSN) << 32)
        | LittleEndian.unsignedInt(page, OFFSET_LSN + 4);
  }

  public static void setLsn(byte[] page, long lsn) {
    LittleEndian.writeInt(page, OFFSET_LSN, (int) (lsn >>> 32));
    LittleEndian.writeInt(page, OFFSET_LSN + 4, (int) lsn);
  }

  public static int checksum(byte[] page) {
    return LittleEndian.unsignedShort(page, OFFSET_CHECKSUM);
  }

  public static void setChecksum(byte[] page, int checksum) {
    LittleEndian.writeShort(page, OFFSET_CHECKSUM, checksum);
  }

  public static int flags(byte[] page) {
    return LittleEndian.unsignedShort(page, OFFSET_FLAGS);
  }

  public static void setFlags(byte[] page, int flags) {
    LittleEndian.writeShort(page, OFFSET_FLAGS, flags);
  }

  public static int lower(byte[] page) {
    return LittleEndian.unsignedShort(page, OFFSET_LOWER);
  }

  public static void setLower(byte[] page, int lower) {
    LittleEndian.writeShort(page, OFFSET_LOWER, lower);
  }

  public static int upper(byte[] page) {
    return LittleEndian.unsignedShort(page, OFFSET_UPPER);
  }

  public static void setUpper(byte[] page, int upper) {
    LittleEndian.writeShort(page, OFFSET_UPPER, upper);
  }

  public static int special(byte[] page) {
    return LittleEndian.unsignedShort(page, OFFSET_SPECIAL);
  }

  public static void setSpecial(byte[] page, int special) {
    LittleEndian.writeShort(page, OFFSET_SPECIAL, special);
  }

  public static int pruneXid(byte[] page) {
    return LittleEndian.readInt(page, OFFSET_PRUNE_XID);
  }

  public static void setPruneXid(byte[] page, int xid) {
    LittleEndian.writeInt(page, OFFSET_PRUNE_XID, xid);
  }

  /// How many line pointers there are (`PageGetMaxOffsetNumber`), 0 on a new page.
  public static int itemCount(byte[] page) {
    int lower = lower(page);
    return lower <= HEADER_SIZE ? 0 : (lower - HEADER_SIZE) / ItemId.SIZE;
  }

  /// Where the line pointer of an offset number stands.
  public static int itemIdOffset(int offsetNumber) {
    return HEADER_SIZE + (offsetNumber - 1) * ItemId.SIZE;
  }

  /// A line pointer; [ItemId] takes it apart.
  public static int itemId(byte[] page, int offsetNumber) {
    return LittleEndian.readInt(page, itemIdOffset(offsetNumber));
  }

  public static void setItemId(byte[] page, int offsetNumber, int itemId) {
    LittleEndian.writeInt(page, itemIdOffset(offsetNumber), itemId);
  }
}
