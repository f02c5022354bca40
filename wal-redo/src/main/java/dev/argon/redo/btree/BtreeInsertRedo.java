package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import java.nio.ByteBuffer;

/// `XLOG_BTREE_INSERT_LEAF`, `_UPPER`, `_META`, `_POST` (`xl_btree_insert`, nbtxlog.h: item u16).
///
/// Block 0 is the page; its data is the new tuple, after the place of the split in the posting list
/// (u16) for `_POST`. Block 1 is the child whose split is now complete, block 2 the meta page.
final class BtreeInsertRedo {

  private static final int SIZE = 2;

  private BtreeInsertRedo() {}

  static void leaf(ByteBuffer page, WalRecord record, int blockIndex) throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    insert(page, record, blockIndex);
  }

  static void upper(ByteBuffer page, WalRecord record, int blockIndex, boolean meta)
      throws CorruptDataException {
    int id = record.blockId(blockIndex);
    if (id == 0) {
      insert(page, record, blockIndex);
    } else if (id == 1) {
      completeSplit(page, record, blockIndex);
    } else if (id == 2 && meta) {
      BtreeRootRedo.meta(page, record, blockIndex);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  /// `_bt_clear_incomplete_split`: the right half of this page has its downlink now.
  static void completeSplit(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    BtreePage.check(page);
    BtreePage.clearFlag(page, BtreePage.INCOMPLETE_SPLIT);
  }

  private static void insert(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    BtreePage.check(page);
    int item = LittleEndian.unsignedShort(record.bytes(), RecordBytes.mainData(record, SIZE));
    int data = RecordBytes.blockData(record, blockIndex, IndexTuple.HEADER_SIZE);
    int length = requireWhole(record, data, RecordBytes.blockDataLength(record, blockIndex));
    page.put(PageItems.insert(page, item, length), record.bytes(), data, length);
  }

  static void posting(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    BtreePage.check(page);
    byte[] bytes = record.bytes();
    int item = LittleEndian.unsignedShort(bytes, RecordBytes.mainData(record, SIZE));
    int data = RecordBytes.blockData(record, blockIndex, 2 + IndexTuple.HEADER_SIZE);
    int length =
        requireWhole(record, data + 2, RecordBytes.blockDataLength(record, blockIndex) - 2);
    int list = IndexTuple.requirePosting(page, item - 1);
    long pushedOut =
        PostingSplit.swap(page, list, LittleEndian.unsignedShort(bytes, data), bytes, data + 2);
    int tuple = PageItems.insert(page, item, length);
    page.put(tuple, bytes, data + 2, length);
    PostingSplit.putTid(page, tuple, pushedOut);
  }

  /// The tuple fills the data.
  private static int requireWhole(WalRecord record, int at, int length)
      throws CorruptDataException {
    int size = RecordTuples.alignedSize(record.bytes(), at, length);
    if (size != length) {
      throw new CorruptDataException("index tuple of " + size + " bytes in " + length);
    }
    return length;
  }
}
