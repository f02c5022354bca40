package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP2_VISIBLE` (`xl_heap_visible`, heapam_xlog.h: cutoff u32, flags u8). Block 0 is the
/// visibility map's page, block 1 the heap page.
///
/// The heap page's LSN moves only if hint bits are logged: then the record has protected the page
/// with an image if it needed one. The map's LSN moves only if its bits change.
final class HeapVisibleRedo {

  private static final int SIZE = 5;

  private HeapVisibleRedo() {}

  static void visible(
      ByteBuffer page, WalRecord record, int blockIndex, long endLsn, boolean hintBitsLogged)
      throws CorruptDataException {
    int flags = LittleEndian.unsignedByte(record.bytes(), RecordBytes.mainData(record, SIZE) + 4);
    RecordBytes.requireChange(record, blockIndex);
    switch (record.blockId(blockIndex)) {
      case 0 -> setMap(page, record, blockIndex, endLsn, flags);
      case 1 -> {
        PageHeader.check(page);
        PageHeader.setFlag(page, PageHeader.ALL_VISIBLE);
        if (hintBitsLogged) {
          PageHeader.setLsn(page, endLsn);
        }
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void setMap(
      ByteBuffer page, WalRecord record, int blockIndex, long endLsn, int flags)
      throws CorruptDataException {
    int heapIndex = record.blockIndexOf(1);
    if (heapIndex < 0 || flags == 0 || (flags & ~VisibilityMap.VALID_BITS) != 0) {
      throw new CorruptDataException("visibility flags " + flags + ", heap block " + heapIndex);
    }
    int heapBlock = record.blockNumber(heapIndex);
    if (record.blockNumber(blockIndex) != VisibilityMap.mapBlock(heapBlock)) {
      throw new CorruptDataException(
          "visibility of heap block "
              + Integer.toUnsignedString(heapBlock)
              + " on map block "
              + Integer.toUnsignedString(record.blockNumber(blockIndex)));
    }
    if (PageHeader.isNew(page)) {
      PageHeader.initialise(page, 0);
    }
    int position = VisibilityMap.position(heapBlock);
    int shift = VisibilityMap.shift(heapBlock);
    int current = page.get(position);
    if ((current >> shift & VisibilityMap.VALID_BITS) != flags) {
      page.put(position, (byte) (current | flags << shift));
      PageHeader.setLsn(page, endLsn);
    }
  }
}
