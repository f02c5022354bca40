package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageBytes;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import dev.argon.redo.page.RedoScratch;
import java.nio.ByteBuffer;

/// `XLOG_BTREE_SPLIT_L` and `_R` (`xl_btree_split`, nbtxlog.h: level u32, first item of the right
/// half u16, new item u16, place in the posting list u16).
///
/// Block 0 is the old page, which becomes the left half; its data is the new item (if it goes left
/// or splits a posting list) and the new high key. Block 1 is the right half, its data all its
/// items. Block 2 is the old page's right neighbour, block 3 the child whose split is now complete.
final class BtreeSplitRedo {

  private static final int SIZE = 10;

  private BtreeSplitRedo() {}

  static void split(ByteBuffer page, WalRecord record, int blockIndex, boolean newItemLeft)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, SIZE);
    int level = LittleEndian.readInt(record.bytes(), main);
    int left = record.blockIndexOf(0);
    int right = record.blockIndexOf(1);
    if (left < 0 || right < 0) {
      throw new CorruptDataException("split without both halves");
    }
    switch (record.blockId(blockIndex)) {
      case 0 -> left(page, record, main, newItemLeft, level, record.blockNumber(right));
      case 1 -> {
        RecordBytes.requireInit(record, blockIndex);
        int neighbour = record.blockIndexOf(2);
        BtreePage.initialise(
            page,
            record.blockNumber(left),
            neighbour < 0 ? BtreePage.NONE : record.blockNumber(neighbour),
            level,
            level == 0 ? BtreePage.LEAF : 0);
        BtreeRootRedo.restoreItems(page, record, blockIndex);
      }
      case 2 -> {
        RecordBytes.requireChange(record, blockIndex);
        BtreePage.check(page);
        BtreePage.setPrevious(page, record.blockNumber(right));
      }
      case 3 -> {
        if (level == 0) {
          throw RecordBytes.noSuchBlock(record, blockIndex);
        }
        BtreeInsertRedo.completeSplit(page, record, blockIndex);
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void left(
      ByteBuffer page, WalRecord record, int main, boolean newItemLeft, int level, int rightBlock)
      throws CorruptDataException {
    int index = record.blockIndexOf(0);
    RecordBytes.requireChange(record, index);
    BtreePage.check(page);
    byte[] bytes = record.bytes();
    int firstRight = LittleEndian.unsignedShort(bytes, main + 4);
    int newItem = LittleEndian.unsignedShort(bytes, main + 6);
    int postingPlace = LittleEndian.unsignedShort(bytes, main + 8);
    int data = RecordBytes.blockData(record, index, IndexTuple.HEADER_SIZE);
    int length = RecordBytes.blockDataLength(record, index);
    int newTuple = data;
    int newSize = 0;
    if (newItemLeft || postingPlace != 0) {
      newSize = RecordTuples.alignedSize(bytes, data, length);
    }
    int highKey = data + newSize;
    int highKeySize = RecordTuples.alignedSize(bytes, highKey, length - newSize);
    if (newSize + highKeySize != length) {
      throw new CorruptDataException("split with " + length + " bytes after the high key");
    }
    ByteBuffer old = RedoScratch.current().copyOf(page);
    long pushedOut = 0;
    if (postingPlace != 0) {
      int list = IndexTuple.requirePosting(old, newItem - 1);
      pushedOut = PostingSplit.swap(old, list, postingPlace, bytes, newTuple);
    }
    clear(page, old);
    append(page, bytes, highKey, highKeySize);
    int item = BtreePage.firstDataItem(old);
    for (; item < firstRight; item++) {
      if (newItemLeft && item == newItem) {
        appendNew(page, bytes, newTuple, newSize, postingPlace, pushedOut);
      }
      int pointer = PageItems.requireStored(old, item, IndexTuple.HEADER_SIZE);
      int size = LinePointer.length(pointer);
      int target = PageItems.insert(page, PageItems.count(page) + 1, size);
      PageBytes.copy(page, target, old, LinePointer.offset(pointer), size);
    }
    if (newItemLeft && item == newItem) {
      appendNew(page, bytes, newTuple, newSize, postingPlace, pushedOut);
    }
    BtreePage.setFlags(page, BtreePage.INCOMPLETE_SPLIT | (level == 0 ? BtreePage.LEAF : 0));
    BtreePage.setNext(page, rightBlock);
    BtreePage.clearCycleId(page);
  }

  /// `PageGetTempPageCopySpecial`: an empty page with the old one's special space.
  static void clear(ByteBuffer page, ByteBuffer old) {
    PageHeader.initialise(page, BtreePage.SPECIAL_SIZE);
    int special = PageHeader.special(old);
    page.put(special, old, special, PageHeader.PAGE_SIZE - special);
  }

  private static void append(ByteBuffer page, byte[] bytes, int at, int size)
      throws CorruptDataException {
    page.put(PageItems.insert(page, PageItems.count(page) + 1, size), bytes, at, size);
  }

  private static void appendNew(
      ByteBuffer page, byte[] bytes, int at, int size, int postingPlace, long pushedOut)
      throws CorruptDataException {
    int target = PageItems.insert(page, PageItems.count(page) + 1, size);
    page.put(target, bytes, at, size);
    if (postingPlace != 0) {
      PostingSplit.putTid(page, target, pushedOut);
    }
  }
}
