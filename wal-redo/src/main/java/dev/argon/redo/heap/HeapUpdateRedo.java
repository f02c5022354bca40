package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP_UPDATE` and `XLOG_HEAP_HOT_UPDATE` (`xl_heap_update`, heapam_xlog.h: old xmax u32,
/// old item u16, old infobits u8, flags u8, new xmax u32, new item u16).
///
/// Block 0 is the new tuple's page; block 1 the old one's if it is another. Block 0's data: the
/// lengths (u16) of what the new tuple's data has in common with the old one's at its start and at
/// its end, each only if flagged, then `xl_heap_header` and the rest of the tuple from its null
/// bitmap on. Common data exists only when both are on one page.
final class HeapUpdateRedo {

  private static final int OLD_ALL_VISIBLE_CLEARED = 0x01;
  private static final int NEW_ALL_VISIBLE_CLEARED = 0x02;
  private static final int PREFIX_FROM_OLD = 0x20;
  private static final int SUFFIX_FROM_OLD = 0x40;

  private static final int SIZE = 14;

  private HeapUpdateRedo() {}

  static void update(ByteBuffer page, WalRecord record, int blockIndex, long endLsn, boolean hot)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, SIZE);
    int newIndex = record.blockIndexOf(0);
    int oldIndex = record.blockIndexOf(1);
    if (newIndex < 0) {
      throw new CorruptDataException("update without block 0");
    }
    boolean twoPages = oldIndex >= 0;
    if (twoPages && (hot || record.blockNumber(oldIndex) == record.blockNumber(newIndex))) {
      throw new CorruptDataException("update with a second block where there is only one");
    }
    boolean init = (record.info() & HeapRedo.INIT_PAGE) != 0 && twoPages;
    if (blockIndex == oldIndex) {
      RecordBytes.requireChange(record, blockIndex);
      changeOld(page, record, main, record.blockNumber(newIndex), hot);
    } else if (blockIndex == newIndex) {
      if (init) {
        RecordBytes.requireInit(record, blockIndex);
        PageHeader.initialise(page, 0);
      } else {
        RecordBytes.requireChange(record, blockIndex);
      }
      int old = -1;
      if (!twoPages) {
        old = changeOld(page, record, main, record.blockNumber(newIndex), hot);
      }
      addNew(page, record, main, newIndex, old);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    PageHeader.setLsn(page, endLsn);
  }

  /// @return the old tuple's line pointer
  private static int changeOld(
      ByteBuffer page, WalRecord record, int main, int newBlock, boolean hot)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    PageHeader.check(page);
    int item = LittleEndian.unsignedShort(bytes, main + 4);
    int tuple = HeapTuple.require(page, item);
    HeapTuple.setXmaxState(page, tuple, LittleEndian.unsignedByte(bytes, main + 6));
    HeapTuple.setHotUpdated(page, tuple, hot);
    HeapTuple.setXmax(page, tuple, LittleEndian.readInt(bytes, main));
    HeapTuple.clearCommand(page, tuple);
    HeapTuple.setLink(page, tuple, newBlock, LittleEndian.unsignedShort(bytes, main + 12));
    PageHeader.setPrunable(page, record.transactionId());
    if ((LittleEndian.unsignedByte(bytes, main + 7) & OLD_ALL_VISIBLE_CLEARED) != 0) {
      PageHeader.clearFlag(page, PageHeader.ALL_VISIBLE);
    }
    return PageItems.pointer(page, item);
  }

  /// @param old the old tuple's line pointer if it is on this page, else -1
  private static void addNew(ByteBuffer page, WalRecord record, int main, int newIndex, int old)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int flags = LittleEndian.unsignedByte(bytes, main + 7);
    boolean hasPrefix = (flags & PREFIX_FROM_OLD) != 0;
    boolean hasSuffix = (flags & SUFFIX_FROM_OLD) != 0;
    int fixed = HeapInsertRedo.RECORD_HEADER_SIZE + (hasPrefix ? 2 : 0) + (hasSuffix ? 2 : 0);
    int data = RecordBytes.blockData(record, newIndex, fixed);
    int logged = RecordBytes.blockDataLength(record, newIndex) - fixed;
    int prefix = 0;
    int suffix = 0;
    if (hasPrefix) {
      prefix = LittleEndian.unsignedShort(bytes, data);
      data += 2;
    }
    if (hasSuffix) {
      suffix = LittleEndian.unsignedShort(bytes, data);
      data += 2;
    }
    int header = data;
    data += HeapInsertRedo.RECORD_HEADER_SIZE;
    int bitmap = LittleEndian.unsignedByte(bytes, header + 4) - HeapTuple.HEADER_SIZE;
    requireCommon(page, old, prefix, suffix, bitmap, logged);
    int size = HeapTuple.HEADER_SIZE + logged + prefix + suffix;
    if (size > HeapTuple.SIZE_MAX) {
      throw new CorruptDataException("tuple of " + size + " bytes");
    }
    int item = LittleEndian.unsignedShort(bytes, main + 12);
    int tuple = PageItems.occupyHeap(page, item, size);
    HeapTuple.putNew(
        page, tuple, bytes, header, record.transactionId(), LittleEndian.readInt(bytes, main + 8));
    HeapTuple.setLink(page, tuple, record.blockNumber(newIndex), item);
    int at = tuple + HeapTuple.HEADER_SIZE;
    if (prefix > 0) {
      page.put(at, bytes, data, bitmap);
      at += bitmap;
      int oldTuple = LinePointer.offset(old);
      page.put(at, page, oldTuple + HeapTuple.dataStart(page, oldTuple), prefix);
      at += prefix;
      page.put(at, bytes, data + bitmap, logged - bitmap);
      at += logged - bitmap;
    } else {
      page.put(at, bytes, data, logged);
      at += logged;
    }
    if (suffix > 0) {
      page.put(at, page, LinePointer.offset(old) + LinePointer.length(old) - suffix, suffix);
    }
    if ((flags & NEW_ALL_VISIBLE_CLEARED) != 0) {
      PageHeader.clearFlag(page, PageHeader.ALL_VISIBLE);
    }
  }

  /// What is taken from the old tuple must be there, and the logged null bitmap too.
  private static void requireCommon(
      ByteBuffer page, int old, int prefix, int suffix, int bitmap, int logged)
      throws CorruptDataException {
    if (prefix == 0 && suffix == 0) {
      return;
    }
    if (old == -1) {
      throw new CorruptDataException("update takes data from a tuple on another page");
    }
    int available = LinePointer.length(old) - HeapTuple.dataStart(page, LinePointer.offset(old));
    if (prefix > available || suffix > available || bitmap < 0 || bitmap > logged) {
      throw new CorruptDataException(
          "update takes " + prefix + " and " + suffix + " bytes of " + available);
    }
  }
}
