package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_BTREE_MARK_PAGE_HALFDEAD` (`xl_btree_mark_page_halfdead`, nbtxlog.h: item in the parent
/// u16, padding, leaf u32, left u32, right u32, top parent u32): block 0 is the leaf, block 1 the
/// parent.
///
/// `XLOG_BTREE_UNLINK_PAGE` and `_META` (`xl_btree_unlink_page`: left u32, right u32, level u32,
/// padding, transaction u64, the leaf's left u32, right u32, top parent u32): block 0 is the page,
/// blocks 1 and 2 its neighbours, block 3 the half-dead leaf if that is another page, block 4 the
/// meta page.
final class BtreePageDeletionRedo {

  private static final int HALF_DEAD_SIZE = 20;
  private static final int UNLINK_SIZE = 36;

  private BtreePageDeletionRedo() {}

  static void markHalfDead(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, HALF_DEAD_SIZE);
    switch (record.blockId(blockIndex)) {
      case 0 ->
          putHalfDead(
              page,
              record,
              blockIndex,
              LittleEndian.readInt(bytes, main + 8),
              LittleEndian.readInt(bytes, main + 12),
              LittleEndian.readInt(bytes, main + 16));
      case 1 -> {
        RecordBytes.requireChange(record, blockIndex);
        removeDownlink(page, LittleEndian.unsignedShort(bytes, main));
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  /// The item keeps its key and takes over the next item's downlink; the next item goes.
  private static void removeDownlink(ByteBuffer page, int item) throws CorruptDataException {
    BtreePage.check(page);
    int next = IndexTuple.require(page, item + 1);
    int tuple = IndexTuple.require(page, item);
    IndexTuple.setBlock(page, tuple, IndexTuple.block(page, next));
    IndexItems.delete(page, item + 1);
  }

  static void unlink(ByteBuffer page, WalRecord record, int blockIndex, boolean meta)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, UNLINK_SIZE);
    int left = LittleEndian.readInt(bytes, main);
    int right = LittleEndian.readInt(bytes, main + 4);
    int id = record.blockId(blockIndex);
    if (id == 0) {
      putDeleted(page, record, blockIndex, main);
    } else if (id == 1 && left != BtreePage.NONE) {
      RecordBytes.requireChange(record, blockIndex);
      BtreePage.check(page);
      BtreePage.setNext(page, right);
    } else if (id == 2) {
      RecordBytes.requireChange(record, blockIndex);
      BtreePage.check(page);
      BtreePage.setPrevious(page, left);
    } else if (id == 3) {
      putHalfDead(
          page,
          record,
          blockIndex,
          LittleEndian.readInt(bytes, main + 24),
          LittleEndian.readInt(bytes, main + 28),
          LittleEndian.readInt(bytes, main + 32));
    } else if (id == 4 && meta) {
      BtreeRootRedo.meta(page, record, blockIndex);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  /// `BTPageSetDeleted`: a tombstone with the transaction id after which it may be used again.
  private static void putDeleted(ByteBuffer page, WalRecord record, int blockIndex, int main)
      throws CorruptDataException {
    RecordBytes.requireInit(record, blockIndex);
    byte[] bytes = record.bytes();
    int level = LittleEndian.readInt(bytes, main + 8);
    int flags = BtreePage.DELETED | BtreePage.HAS_FULL_TRANSACTION_ID;
    BtreePage.initialise(
        page,
        LittleEndian.readInt(bytes, main),
        LittleEndian.readInt(bytes, main + 4),
        level,
        level == 0 ? flags | BtreePage.LEAF : flags);
    page.putLong(PageHeader.SIZE, LittleEndian.readLong(bytes, main + 16));
    PageHeader.setLower(page, PageHeader.SIZE + Long.BYTES);
  }

  private static void putHalfDead(
      ByteBuffer page, WalRecord record, int blockIndex, int left, int right, int topParent)
      throws CorruptDataException {
    RecordBytes.requireInit(record, blockIndex);
    BtreePage.initialise(page, left, right, 0, BtreePage.HALF_DEAD | BtreePage.LEAF);
    int tuple = PageItems.insert(page, BtreePage.HIGH_KEY_ITEM, IndexTuple.HEADER_SIZE);
    IndexTuple.putTopParent(page, tuple, topParent);
  }
}
