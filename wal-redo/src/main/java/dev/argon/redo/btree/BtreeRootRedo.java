package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import java.nio.ByteBuffer;

/// `XLOG_BTREE_NEWROOT` (`xl_btree_newroot`, nbtxlog.h: block u32, level u32): block 0 is the new
/// root, its data two items unless it is empty, block 1 the left child whose split is now complete,
/// block 2 the meta page. And the meta page as every record brings it (`xl_btree_metadata`, 28
/// bytes).
final class BtreeRootRedo {

  private static final int SIZE = 8;
  private static final int META_DATA_SIZE = 28;

  private static final int META_MAGIC = 0x053162;
  private static final int META_VERSION_MIN = 3;
  private static final int META_VERSION_MAX = 4;

  /// `sizeof(BTMetaPageData)`.
  private static final int META_SIZE = 48;

  private BtreeRootRedo() {}

  static void newRoot(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, SIZE);
    int level = LittleEndian.readInt(record.bytes(), main + 4);
    int id = record.blockId(blockIndex);
    if (id == 0) {
      RecordBytes.requireInit(record, blockIndex);
      int flags = level == 0 ? BtreePage.ROOT | BtreePage.LEAF : BtreePage.ROOT;
      BtreePage.initialise(page, BtreePage.NONE, BtreePage.NONE, level, flags);
      if (level != 0) {
        restoreItems(page, record, blockIndex);
      }
    } else if (id == 1 && level != 0) {
      BtreeInsertRedo.completeSplit(page, record, blockIndex);
    } else if (id == 2) {
      meta(page, record, blockIndex);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  /// `_bt_restore_meta`. The page's fields: magic, version, root, level, fast root, fast level,
  /// deleted pages (u32 each), padding, heap tuples (f64, always -1), all-equal-image (u8).
  static void meta(ByteBuffer page, WalRecord record, int blockIndex) throws CorruptDataException {
    RecordBytes.requireInit(record, blockIndex);
    byte[] bytes = record.bytes();
    int data = RecordBytes.blockData(record, blockIndex, META_DATA_SIZE);
    int version = LittleEndian.readInt(bytes, data);
    if (record.blockNumber(blockIndex) != 0
        || RecordBytes.blockDataLength(record, blockIndex) != META_DATA_SIZE
        || version < META_VERSION_MIN
        || version > META_VERSION_MAX) {
      throw new CorruptDataException("meta page of version " + version);
    }
    BtreePage.initialise(page, 0, 0, 0, BtreePage.META);
    int meta = PageHeader.SIZE;
    page.putInt(meta, META_MAGIC);
    page.put(meta + 4, bytes, data, 24);
    page.putDouble(meta + 32, -1.0);
    page.put(meta + 40, bytes[data + 24]);
    PageHeader.setLower(page, meta + META_SIZE);
  }

  /// `_bt_restore_page`: the block's data is the items of a new page as they lie on it, the last
  /// item first.
  static void restoreItems(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int length = RecordBytes.blockDataLength(record, blockIndex);
    if (length == 0) {
      return;
    }
    byte[] bytes = record.bytes();
    int data = record.blockDataOffset(blockIndex);
    int count = 0;
    for (int at = 0; at < length; count++) {
      at += RecordTuples.alignedSize(bytes, data + at, length - at);
    }
    int lower = PageItems.position(count + 1);
    int upper = PageHeader.special(page) - length;
    if (lower > upper) {
      throw new CorruptDataException(count + " items of " + length + " bytes on a new page");
    }
    page.put(upper, bytes, data, length);
    int at = 0;
    for (int item = count; item >= 1; item--) {
      int size = RecordTuples.alignedSize(bytes, data + at, length - at);
      PageItems.setPointer(page, item, LinePointer.of(upper + at, LinePointer.NORMAL, size));
      at += size;
    }
    PageHeader.setLower(page, lower);
    PageHeader.setUpper(page, upper);
  }
}
