package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageCompaction;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HEAP2_PRUNE` (`xl_heap_prune`, heapam_xlog.h: transaction u32, redirected u16, dead u16;
/// block 0 has item numbers u16: pairs from, to of the redirected, then the dead, then the unused
/// to the end) and `XLOG_HEAP2_VACUUM` (`xl_heap_vacuum`: unused u16; block 0 has their numbers).
final class HeapPruneRedo {

  private static final int PRUNE_SIZE = 8;
  private static final int VACUUM_SIZE = 2;

  private HeapPruneRedo() {}

  static void prune(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    prepare(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, PRUNE_SIZE);
    int redirected = LittleEndian.unsignedShort(bytes, main + 4);
    int dead = LittleEndian.unsignedShort(bytes, main + 6);
    int unused = RecordBytes.blockDataLength(record, blockIndex) / 2 - 2 * redirected - dead;
    int at = RecordBytes.blockData(record, blockIndex, 2 * (2 * redirected + dead));
    for (int i = 0; i < redirected; i++, at += 4) {
      int target = LittleEndian.unsignedShort(bytes, at + 2);
      PageItems.requirePointer(page, target);
      set(
          page,
          LittleEndian.unsignedShort(bytes, at),
          LinePointer.of(target, LinePointer.REDIRECT, 0));
    }
    for (int i = 0; i < dead; i++, at += 2) {
      set(page, LittleEndian.unsignedShort(bytes, at), LinePointer.of(0, LinePointer.DEAD, 0));
    }
    for (int i = 0; i < unused; i++, at += 2) {
      set(page, LittleEndian.unsignedShort(bytes, at), LinePointer.UNUSED);
    }
    PageCompaction.repairFragmentation(page);
    PageHeader.setLsn(page, endLsn);
  }

  static void vacuum(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    prepare(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, VACUUM_SIZE);
    int unused = LittleEndian.unsignedShort(bytes, main);
    int at = RecordBytes.blockData(record, blockIndex, 2 * unused);
    for (int i = 0; i < unused; i++, at += 2) {
      int item = LittleEndian.unsignedShort(bytes, at);
      int pointer = PageItems.requirePointer(page, item);
      if (LinePointer.flags(pointer) != LinePointer.DEAD || LinePointer.hasStorage(pointer)) {
        throw new CorruptDataException("vacuum of item " + item + " that is not dead");
      }
      PageItems.setPointer(page, item, LinePointer.UNUSED);
    }
    PageCompaction.truncateLinePointers(page);
    PageHeader.setLsn(page, endLsn);
  }

  private static void prepare(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    PageHeader.check(page);
  }

  private static void set(ByteBuffer page, int item, int pointer) throws CorruptDataException {
    PageItems.requirePointer(page, item);
    PageItems.setPointer(page, item, pointer);
  }
}
