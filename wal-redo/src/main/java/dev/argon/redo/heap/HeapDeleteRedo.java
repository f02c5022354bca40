package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP_DELETE` (`xl_heap_delete`, heapam_xlog.h: xmax u32, item u16, infobits u8, flags u8).
final class HeapDeleteRedo {

  private static final int ALL_VISIBLE_CLEARED = 0x01;

  /// A speculative insertion is taken back.
  private static final int IS_SUPER = 0x08;

  private static final int IS_PARTITION_MOVE = 0x10;

  private static final int SIZE = 8;

  private HeapDeleteRedo() {}

  static void delete(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, SIZE);
    int item = LittleEndian.unsignedShort(bytes, main + 4);
    int flags = LittleEndian.unsignedByte(bytes, main + 7);
    PageHeader.check(page);
    int tuple = HeapTuple.require(page, item);
    HeapTuple.setXmaxState(page, tuple, LittleEndian.unsignedByte(bytes, main + 6));
    HeapTuple.setHotUpdated(page, tuple, false);
    if ((flags & IS_SUPER) != 0) {
      HeapTuple.setXmin(page, tuple, 0);
    } else {
      HeapTuple.setXmax(page, tuple, LittleEndian.readInt(bytes, main));
    }
    HeapTuple.clearCommand(page, tuple);
    PageHeader.setPrunable(page, record.transactionId());
    if ((flags & ALL_VISIBLE_CLEARED) != 0) {
      PageHeader.clearFlag(page, PageHeader.ALL_VISIBLE);
    }
    if ((flags & IS_PARTITION_MOVE) != 0) {
      HeapTuple.setMovedPartitions(page, tuple);
    } else {
      HeapTuple.setLink(page, tuple, record.blockNumber(blockIndex), item);
    }
    PageHeader.setLsn(page, endLsn);
  }
}
