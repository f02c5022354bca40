package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RedoScratch;
import java.nio.ByteBuffer;

/// `XLOG_BTREE_VACUUM` (`xl_btree_vacuum`, nbtxlog.h: deleted u16, updated u16) and
/// `XLOG_BTREE_DELETE` (`xl_btree_delete`: transaction u32, then the same).
///
/// Block 0's data: the deleted items (u16), the updated items (u16), then for each updated one
/// `xl_btree_update`: how many TIDs leave its posting list u16, and which u16, from 0, ascending.
final class BtreeDeleteRedo {

  private static final int VACUUM_SIZE = 4;
  private static final int DELETE_SIZE = 8;

  private BtreeDeleteRedo() {}

  static void vacuum(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, VACUUM_SIZE);
    remove(page, record, blockIndex, main);
  }

  static void delete(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, DELETE_SIZE);
    remove(page, record, blockIndex, main + 4);
  }

  private static void remove(ByteBuffer page, WalRecord record, int blockIndex, int counts)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    BtreePage.check(page);
    byte[] bytes = record.bytes();
    int deleted = LittleEndian.unsignedShort(bytes, counts);
    int updated = LittleEndian.unsignedShort(bytes, counts + 2);
    int data = RecordBytes.blockData(record, blockIndex, 2 * (deleted + updated));
    int end = data + RecordBytes.blockDataLength(record, blockIndex);
    int items = data + 2 * deleted;
    int update = items + 2 * updated;
    for (int i = 0; i < updated; i++) {
      int tids = update + 2 <= end ? LittleEndian.unsignedShort(bytes, update) : 0;
      update += 2;
      if (update + 2 * tids > end) {
        throw new CorruptDataException("posting list update ends after the block's data");
      }
      shorten(page, LittleEndian.unsignedShort(bytes, items + 2 * i), bytes, update, tids);
      update += 2 * tids;
    }
    if (deleted > 0) {
      IndexItems.deleteAll(page, bytes, data, deleted);
    }
    BtreePage.clearFlag(page, BtreePage.HAS_GARBAGE);
  }

  /// `_bt_update_posting`: takes TIDs out of a posting list; at least one stays.
  private static void shorten(ByteBuffer page, int item, byte[] bytes, int places, int tids)
      throws CorruptDataException {
    int tuple = IndexTuple.requirePosting(page, item);
    int count = IndexTuple.tidCount(page, tuple);
    int left = count - tids;
    if (left < 1) {
      throw new CorruptDataException(tids + " TIDs leave a posting list of " + count);
    }
    int keySize = IndexTuple.keySize(page, tuple);
    int size = IndexTuple.formedSize(keySize, left);
    int length = PageHeader.align(size);
    ByteBuffer formed = RedoScratch.current().item();
    PageHeader.zero(formed, 0, length);
    formed.put(0, page, tuple, keySize);
    IndexTuple.setForm(formed, 0, keySize, left);
    int at = left > 1 ? keySize : 0;
    int next = 0;
    for (int i = 0; i < count; i++) {
      if (next < tids && LittleEndian.unsignedShort(bytes, places + 2 * next) == i) {
        next++;
      } else if (i - next < left) {
        formed.put(at, page, tuple + keySize + i * IndexTuple.TID_SIZE, IndexTuple.TID_SIZE);
        at += IndexTuple.TID_SIZE;
      }
    }
    if (next != tids) {
      throw new CorruptDataException("TIDs to take from a posting list are not in order");
    }
    page.put(IndexItems.resize(page, item, length), formed, 0, length);
  }
}
