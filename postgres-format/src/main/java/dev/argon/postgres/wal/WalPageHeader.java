package dev.argon.postgres.wal;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;

/// The header of a WAL page (`XLogPageHeaderData`, `XLogLongPageHeaderData`): where its fields are,
/// how it is checked and written. Works on bytes in place.
public final class WalPageHeader {

  /// Bytes of the header of every page but a segment's first.
  public static final int SHORT_SIZE = 24;

  /// Bytes of the header of a segment's first page.
  public static final int LONG_SIZE = 40;

  public static final int FIRST_IS_CONTINUATION = 0x0001;
  public static final int LONG_HEADER = 0x0002;
  public static final int BACKUP_REMOVABLE = 0x0004;
  public static final int FIRST_IS_OVERWRITE_CONTINUATION = 0x0008;
  private static final int ALL_FLAGS = 0x000F;

  private static final int OFFSET_MAGIC = 0;
  private static final int OFFSET_INFO = 2;
  private static final int OFFSET_TIMELINE = 4;
  private static final int OFFSET_ADDRESS = 8;
  private static final int OFFSET_REMAINING = 16;
  private static final int OFFSET_SYSTEM_IDENTIFIER = 24;
  private static final int OFFSET_SEGMENT_SIZE = 32;
  private static final int OFFSET_PAGE_SIZE = 36;

  private WalPageHeader() {}

  public static int info(byte[] bytes, int offset) {
    return LittleEndian.unsignedShort(bytes, offset + OFFSET_INFO);
  }

  public static int timeline(byte[] bytes, int offset) {
    return LittleEndian.readInt(bytes, offset + OFFSET_TIMELINE);
  }

  /// `xlp_rem_len`: how many bytes of the record that continues here are still to come.
  public static long remainingLength(byte[] bytes, int offset) {
    return LittleEndian.unsignedInt(bytes, offset + OFFSET_REMAINING);
  }

  /// Only in the long form.
  public static long systemIdentifier(byte[] bytes, int offset) {
    return LittleEndian.readLong(bytes, offset + OFFSET_SYSTEM_IDENTIFIER);
  }

  /// Checks what `XLogReaderValidatePageHeader` checks. The caller has made sure that the header
  /// lies whole in `bytes`.
  ///
  /// @throws CorruptDataException if this is no header of the page at `pageLsn`
  public static void check(byte[] bytes, int offset, long pageLsn, WalLayout layout)
      throws CorruptDataException {
    int magic = LittleEndian.unsignedShort(bytes, offset + OFFSET_MAGIC);
    if (magic != layout.version().walPageMagic()) {
      throw corrupt(pageLsn, "magic number is %04X".formatted(magic));
    }
    int info = info(bytes, offset);
    boolean isLong = (info & LONG_HEADER) != 0;
    if ((info & ~ALL_FLAGS) != 0 || isLong != (layout.segmentOffset(pageLsn) == 0)) {
      throw corrupt(pageLsn, "info bits are %04X".formatted(info));
    }
    if (isLong) {
      checkLong(bytes, offset, pageLsn, layout);
    }
    long address = LittleEndian.readLong(bytes, offset + OFFSET_ADDRESS);
    if (address != pageLsn) {
      throw corrupt(pageLsn, "its address is " + Lsn.toString(address));
    }
  }

  private static void checkLong(byte[] bytes, int offset, long pageLsn, WalLayout layout)
      throws CorruptDataException {
    long systemIdentifier = systemIdentifier(bytes, offset);
    if (layout.systemIdentifier() != 0 && systemIdentifier != layout.systemIdentifier()) {
      throw corrupt(
          pageLsn,
          "it belongs to the database system "
              + Long.toUnsignedString(systemIdentifier)
              + ", not to "
              + Long.toUnsignedString(layout.systemIdentifier()));
    }
    int segmentSize = LittleEndian.readInt(bytes, offset + OFFSET_SEGMENT_SIZE);
    if (segmentSize != layout.segmentSize()) {
      throw corrupt(pageLsn, "its segment size is " + Integer.toUnsignedString(segmentSize));
    }
    int pageSize = LittleEndian.readInt(bytes, offset + OFFSET_PAGE_SIZE);
    if (pageSize != WalLayout.PAGE_SIZE) {
      throw corrupt(pageLsn, "its page size is " + Integer.toUnsignedString(pageSize));
    }
  }

  /// Writes the header of the page at `pageLsn`; the long form where one belongs.
  ///
  /// @param remainingLength bytes of the record that continues here; 0 if none does
  /// @return the header's size
  public static int write(
      byte[] bytes,
      int offset,
      long pageLsn,
      int timeline,
      long remainingLength,
      WalLayout layout) {
    boolean isLong = layout.segmentOffset(pageLsn) == 0;
    int info = (remainingLength > 0 ? FIRST_IS_CONTINUATION : 0) | (isLong ? LONG_HEADER : 0);
    LittleEndian.writeShort(bytes, offset + OFFSET_MAGIC, layout.version().walPageMagic());
    LittleEndian.writeShort(bytes, offset + OFFSET_INFO, info);
    LittleEndian.writeInt(bytes, offset + OFFSET_TIMELINE, timeline);
    LittleEndian.writeLong(bytes, offset + OFFSET_ADDRESS, pageLsn);
    LittleEndian.writeLong(bytes, offset + OFFSET_REMAINING, remainingLength);
    if (!isLong) {
      return SHORT_SIZE;
    }
    LittleEndian.writeLong(bytes, offset + OFFSET_SYSTEM_IDENTIFIER, layout.systemIdentifier());
    LittleEndian.writeInt(bytes, offset + OFFSET_SEGMENT_SIZE, layout.segmentSize());
    LittleEndian.writeInt(bytes, offset + OFFSET_PAGE_SIZE, WalLayout.PAGE_SIZE);
    return LONG_SIZE;
  }

  private static CorruptDataException corrupt(long pageLsn, String what) {
    return new CorruptDataException("WAL page " + Lsn.toString(pageLsn) + ": " + what);
  }
}
