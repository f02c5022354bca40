package dev.argon.redo.generic;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// A generic record: each block's data is a list of offset u16, length u16, bytes. What lies
/// between line pointers and items is not logged and becomes zeros.
public final class GenericRedo {

  private static final int FRAGMENT_HEADER_SIZE = 4;

  private GenericRedo() {}

  /// Applies the record to the page of one of its blocks.
  public static void apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    byte[] bytes = record.bytes();
    int at = RecordBytes.blockDataStart(record, blockIndex);
    int end = at + RecordBytes.blockDataLength(record, blockIndex);
    while (at < end) {
      if (end - at < FRAGMENT_HEADER_SIZE) {
        throw new CorruptDataException("page fragment of " + (end - at) + " bytes");
      }
      int offset = LittleEndian.unsignedShort(bytes, at);
      int length = LittleEndian.unsignedShort(bytes, at + 2);
      at += FRAGMENT_HEADER_SIZE;
      if (length > end - at || offset + length > PageHeader.PAGE_SIZE) {
        throw new CorruptDataException("page fragment of " + length + " bytes at " + offset);
      }
      page.put(offset, bytes, at, length);
      at += length;
    }
    PageHeader.check(page);
    int lower = PageHeader.lower(page);
    PageHeader.zero(page, lower, PageHeader.upper(page) - lower);
    PageHeader.setLsn(page, endLsn);
  }
}
