package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP_LOCK` and `XLOG_HEAP2_LOCK_UPDATED` (`xl_heap_lock`, `xl_heap_lock_updated`,
/// heapam_xlog.h: xmax u32, item u16, infobits u8, flags u8). The flag tells of the visibility map.
final class HeapLockRedo {

  private static final int SIZE = 8;

  private HeapLockRedo() {}

  static void lock(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    int tuple = setLocker(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = record.mainDataOffset();
    if (HeapTuple.isLockedOnly(HeapTuple.infomask(page, tuple))) {
      HeapTuple.setHotUpdated(page, tuple, false);
      HeapTuple.setLink(
          page, tuple, record.blockNumber(blockIndex), LittleEndian.unsignedShort(bytes, main + 4));
    }
    HeapTuple.clearCommand(page, tuple);
    PageHeader.setLsn(page, endLsn);
  }

  static void lockUpdated(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    setLocker(page, record, blockIndex);
    PageHeader.setLsn(page, endLsn);
  }

  private static int setLocker(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, SIZE);
    PageHeader.check(page);
    int tuple = HeapTuple.require(page, LittleEndian.unsignedShort(bytes, main + 4));
    HeapTuple.setXmaxState(page, tuple, LittleEndian.unsignedByte(bytes, main + 6));
    HeapTuple.setXmax(page, tuple, LittleEndian.readInt(bytes, main));
    return tuple;
  }
}
