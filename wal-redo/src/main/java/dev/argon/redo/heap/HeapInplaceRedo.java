package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP_INPLACE` (`xl_heap_inplace`, heapam_xlog.h: item u16; block 0 has the tuple's new
/// data) and `XLOG_HEAP_CONFIRM` of a speculative insertion (`xl_heap_confirm`: item u16).
final class HeapInplaceRedo {

  private static final int SIZE = 2;

  private HeapInplaceRedo() {}

  static void inplace(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    int item = item(page, record, blockIndex);
    int tuple = HeapTuple.require(page, item);
    int start = HeapTuple.dataStart(page, tuple);
    int length = LinePointer.length(PageItems.pointer(page, item)) - start;
    int logged = RecordBytes.blockDataLength(record, blockIndex);
    if (length != logged) {
      throw new CorruptDataException(
          "in-place update of " + length + " bytes with " + logged + " bytes");
    }
    if (length > 0) {
      page.put(tuple + start, record.bytes(), record.blockDataOffset(blockIndex), length);
    }
    PageHeader.setLsn(page, endLsn);
  }

  static void confirm(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    int item = item(page, record, blockIndex);
    int tuple = HeapTuple.require(page, item);
    HeapTuple.setLink(page, tuple, record.blockNumber(blockIndex), item);
    PageHeader.setLsn(page, endLsn);
  }

  private static int item(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    int main = RecordBytes.mainData(record, SIZE);
    PageHeader.check(page);
    return LittleEndian.unsignedShort(record.bytes(), main);
  }
}
