package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP_INSERT` (`xl_heap_insert`: item u16, flags u8; block 0 has `xl_heap_header` and the
/// tuple from its null bitmap on) and `XLOG_HEAP2_MULTI_INSERT` (`xl_heap_multi_insert`: flags u8,
/// padding, count u16, then the item numbers unless the page is initialised; block 0 has
/// `xl_multi_insert_tuple`s: length u16, `t_infomask2`, `t_infomask`, `t_hoff`, data, aligned to
/// 2). heapam_xlog.h.
final class HeapInsertRedo {

  private static final int ALL_VISIBLE_CLEARED = 0x01;
  private static final int ALL_FROZEN_SET = 0x20;

  /// `SizeOfHeapHeader`.
  static final int RECORD_HEADER_SIZE = 5;

  private static final int INSERT_SIZE = 3;
  private static final int MULTI_INSERT_SIZE = 4;
  private static final int MULTI_INSERT_TUPLE_SIZE = 7;

  private HeapInsertRedo() {}

  static void insert(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    prepare(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, INSERT_SIZE);
    int item = LittleEndian.unsignedShort(bytes, main);
    int flags = LittleEndian.unsignedByte(bytes, main + 2);
    int data = RecordBytes.blockData(record, blockIndex, RECORD_HEADER_SIZE + 1);
    int length = RecordBytes.blockDataLength(record, blockIndex) - RECORD_HEADER_SIZE;
    put(
        page,
        record,
        record.blockNumber(blockIndex),
        item,
        data,
        data + RECORD_HEADER_SIZE,
        length);
    PageHeader.setLsn(page, endLsn);
    if ((flags & ALL_VISIBLE_CLEARED) != 0) {
      PageHeader.clearFlag(page, PageHeader.ALL_VISIBLE);
    }
  }

  static void multiInsert(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    boolean init = prepare(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, MULTI_INSERT_SIZE);
    int flags = LittleEndian.unsignedByte(bytes, main);
    int count = LittleEndian.unsignedShort(bytes, main + 2);
    if (!init) {
      RecordBytes.mainData(record, MULTI_INSERT_SIZE + 2 * count);
    }
    int dataLength = RecordBytes.blockDataLength(record, blockIndex);
    int data = RecordBytes.blockDataStart(record, blockIndex);
    int block = record.blockNumber(blockIndex);
    int at = 0;
    for (int i = 0; i < count; i++) {
      int item = init ? i + 1 : LittleEndian.unsignedShort(bytes, main + MULTI_INSERT_SIZE + 2 * i);
      at += at & 1;
      int tuple = at + MULTI_INSERT_TUPLE_SIZE;
      int length = tuple <= dataLength ? LittleEndian.unsignedShort(bytes, data + at) : 0;
      if (tuple + length > dataLength) {
        throw new CorruptDataException("tuple " + i + " ends after the block's data");
      }
      put(page, record, block, item, data + at + 2, data + tuple, length);
      at = tuple + length;
    }
    if (at != dataLength) {
      throw new CorruptDataException("tuples of " + at + " bytes in data of " + dataLength);
    }
    PageHeader.setLsn(page, endLsn);
    if ((flags & ALL_VISIBLE_CLEARED) != 0) {
      PageHeader.clearFlag(page, PageHeader.ALL_VISIBLE);
    }
    if ((flags & ALL_FROZEN_SET) != 0) {
      PageHeader.setFlag(page, PageHeader.ALL_VISIBLE);
    }
  }

  /// Initialises the page if the record does.
  private static boolean prepare(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    if ((record.info() & HeapRedo.INIT_PAGE) != 0) {
      RecordBytes.requireInit(record, blockIndex);
      PageHeader.initialise(page, 0);
      return true;
    }
    RecordBytes.requireChange(record, blockIndex);
    return false;
  }

  /// Adds one tuple: its header from `header`, what follows its fixed part from `data`.
  private static void put(
      ByteBuffer page, WalRecord record, int block, int item, int header, int data, int length)
      throws CorruptDataException {
    int size = HeapTuple.HEADER_SIZE + length;
    if (size > HeapTuple.SIZE_MAX) {
      throw new CorruptDataException("tuple of " + size + " bytes");
    }
    int tuple = PageItems.occupyHeap(page, item, size);
    HeapTuple.putNew(page, tuple, record.bytes(), header, record.transactionId(), 0);
    HeapTuple.setLink(page, tuple, block, item);
    page.put(tuple + HeapTuple.HEADER_SIZE, record.bytes(), data, length);
  }
}
