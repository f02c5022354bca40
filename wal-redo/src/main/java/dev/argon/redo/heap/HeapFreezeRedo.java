package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP2_FREEZE_PAGE` (`xl_heap_freeze_page`, heapam_xlog.h: cutoff u32, tuples u16; block 0
/// has per tuple `xl_heap_freeze_tuple`, 12 bytes: xmax u32, item u16, `t_infomask2`, `t_infomask`,
/// flags u8, padding).
final class HeapFreezeRedo {

  private static final int FREEZE_XVAC = 0x02;
  private static final int INVALID_XVAC = 0x04;

  /// `FrozenTransactionId`.
  private static final int FROZEN = 2;

  private static final int SIZE = 6;
  private static final int TUPLE_SIZE = 12;

  private HeapFreezeRedo() {}

  static void freeze(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    byte[] bytes = record.bytes();
    int count = LittleEndian.unsignedShort(bytes, RecordBytes.mainData(record, SIZE) + 4);
    int plan = RecordBytes.blockData(record, blockIndex, count * TUPLE_SIZE);
    PageHeader.check(page);
    for (int i = 0; i < count; i++, plan += TUPLE_SIZE) {
      int tuple = HeapTuple.require(page, LittleEndian.unsignedShort(bytes, plan + 4));
      HeapTuple.setXmax(page, tuple, LittleEndian.readInt(bytes, plan));
      int flags = LittleEndian.unsignedByte(bytes, plan + 10);
      if ((flags & FREEZE_XVAC) != 0) {
        HeapTuple.setCommand(page, tuple, FROZEN);
      }
      if ((flags & INVALID_XVAC) != 0) {
        HeapTuple.setCommand(page, tuple, 0);
      }
      HeapTuple.setInfomask(page, tuple, LittleEndian.unsignedShort(bytes, plan + 8));
      HeapTuple.setInfomask2(page, tuple, LittleEndian.unsignedShort(bytes, plan + 6));
    }
    PageHeader.setLsn(page, endLsn);
  }
}
