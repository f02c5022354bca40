package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageBytes;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RedoScratch;
import java.nio.ByteBuffer;

/// `XLOG_BTREE_DEDUP` (`xl_btree_dedup`, nbtxlog.h: intervals u16; block 0 has per interval its
/// first item u16 and how many items it merges u16, `BTDedupInterval`).
///
/// The page is rebuilt in item order: each interval becomes one posting list tuple with the key of
/// its first item and the TIDs of all, every other item stays as it is.
final class BtreeDeduplicationRedo {

  private static final int SIZE = 2;
  private static final int INTERVAL_SIZE = 4;

  private BtreeDeduplicationRedo() {}

  static void deduplicate(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    BtreePage.check(page);
    byte[] bytes = record.bytes();
    int intervals = LittleEndian.unsignedShort(bytes, RecordBytes.mainData(record, SIZE));
    int interval = RecordBytes.blockData(record, blockIndex, intervals * INTERVAL_SIZE);
    ByteBuffer old = RedoScratch.current().copyOf(page);
    BtreeSplitRedo.clear(page, old);
    int first = BtreePage.firstDataItem(old);
    if (first > BtreePage.HIGH_KEY_ITEM) {
      copy(page, old, BtreePage.HIGH_KEY_ITEM, false);
    }
    int count = PageItems.count(old);
    int next = 0;
    for (int item = first; item <= count; ) {
      if (next < intervals && item == LittleEndian.unsignedShort(bytes, interval)) {
        int merged = LittleEndian.unsignedShort(bytes, interval + 2);
        if (merged < 2 || merged > count - item + 1) {
          throw new CorruptDataException(
              "interval of " + merged + " items at " + item + " of " + count);
        }
        merge(page, old, item, merged);
        item += merged;
        interval += INTERVAL_SIZE;
        next++;
      } else {
        copy(page, old, item++, true);
      }
    }
    if (next != intervals) {
      throw new CorruptDataException("interval " + next + " of " + intervals + " is out of place");
    }
    BtreePage.clearFlag(page, BtreePage.HAS_GARBAGE);
  }

  /// @param own whether the tuple's own size counts and not the item's
  private static void copy(ByteBuffer page, ByteBuffer old, int item, boolean own)
      throws CorruptDataException {
    int tuple = IndexTuple.require(old, item);
    int size = own ? IndexTuple.size(old, tuple) : LinePointer.length(PageItems.pointer(old, item));
    int target = PageItems.insert(page, PageItems.count(page) + 1, size);
    PageBytes.copy(page, target, old, tuple, size);
  }

  private static void merge(ByteBuffer page, ByteBuffer old, int item, int merged)
      throws CorruptDataException {
    int tids = 0;
    for (int i = 0; i < merged; i++) {
      int tuple = IndexTuple.require(old, item + i);
      IndexTuple.requireList(old, tuple);
      tids += IndexTuple.tidCount(old, tuple);
    }
    int base = IndexTuple.require(old, item);
    int keySize = IndexTuple.keySize(old, base);
    int size = IndexTuple.formedSize(keySize, tids);
    if (size > IndexTuple.SIZE_MAX) {
      throw new CorruptDataException("posting list tuple of " + size + " bytes");
    }
    int target = PageItems.insert(page, PageItems.count(page) + 1, size);
    PageBytes.copy(page, target, old, base, keySize);
    IndexTuple.setForm(page, target, keySize, tids);
    int at = target + keySize;
    for (int i = 0; i < merged; i++) {
      int tuple = IndexTuple.require(old, item + i);
      int length = IndexTuple.tidCount(old, tuple) * IndexTuple.TID_SIZE;
      PageBytes.copy(page, at, old, tuple + IndexTuple.tidOffset(old, tuple), length);
      at += length;
    }
  }
}
