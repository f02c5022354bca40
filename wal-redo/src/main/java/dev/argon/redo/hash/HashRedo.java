package dev.argon.redo.hash;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// Redo of the resource manager Hash: `hash_redo` of hash_xlog.c for one block of a record.
///
/// Some records refer to a bucket's first page (block 0) only to lock it: that page does not
/// change, nor does its LSN.
public final class HashRedo {

  private static final int INIT_META_PAGE = 0x00;
  private static final int INIT_BITMAP_PAGE = 0x10;
  private static final int INSERT = 0x20;
  private static final int ADD_OVERFLOW_PAGE = 0x30;
  static final int SPLIT_ALLOCATE_PAGE = 0x40;
  private static final int SPLIT_PAGE = 0x50;
  static final int SPLIT_COMPLETE = 0x60;
  private static final int MOVE_PAGE_CONTENTS = 0x70;
  private static final int SQUEEZE_PAGE = 0x80;
  private static final int DELETE = 0x90;
  private static final int SPLIT_CLEANUP = 0xA0;
  private static final int UPDATE_META_PAGE = 0xB0;
  private static final int VACUUM_ONE_PAGE = 0xC0;

  private static final int INIT_META_SIZE = 14;
  private static final int VACUUM_SIZE = 8;

  private HashRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    boolean changed = true;
    switch (record.info()) {
      case INIT_META_PAGE -> initialiseMeta(page, record, blockIndex);
      case INIT_BITMAP_PAGE -> initialiseBitmap(page, record, blockIndex);
      case INSERT -> insert(page, record, blockIndex);
      case ADD_OVERFLOW_PAGE -> HashOverflowRedo.add(page, record, blockIndex);
      case SPLIT_ALLOCATE_PAGE -> HashSplitRedo.allocate(page, record, blockIndex);
      case SPLIT_PAGE -> throw new CorruptDataException("split page without an image to apply");
      case SPLIT_COMPLETE -> HashSplitRedo.complete(page, record, blockIndex);
      case MOVE_PAGE_CONTENTS -> changed = HashOverflowRedo.move(page, record, blockIndex);
      case SQUEEZE_PAGE -> changed = HashOverflowRedo.squeeze(page, record, blockIndex);
      case DELETE -> changed = delete(page, record, blockIndex);
      case SPLIT_CLEANUP -> {
        require(page, record, blockIndex, 0);
        HashPage.clearFlag(page, HashPage.NEEDS_SPLIT_CLEANUP);
      }
      case UPDATE_META_PAGE -> {
        require(page, record, blockIndex, 0);
        int main = RecordBytes.mainData(record, 8);
        HashMeta.setTuples(
            page, Double.longBitsToDouble(LittleEndian.readLong(record.bytes(), main)));
      }
      case VACUUM_ONE_PAGE -> vacuum(page, record, blockIndex);
      default -> {
        return false;
      }
    }
    if (changed) {
      PageHeader.setLsn(page, endLsn);
    }
    return true;
  }

  /// What redo changes on a page after restoring its image.
  public static void applyAfterImage(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int id = record.blockId(blockIndex);
    if (record.info() == SPLIT_ALLOCATE_PAGE && id == 0) {
      HashSplitRedo.allocate(page, record, blockIndex);
    } else if (record.info() == SPLIT_COMPLETE && id <= 1) {
      HashSplitRedo.complete(page, record, blockIndex);
    }
  }

  /// `xl_hash_init_meta_page`: tuples f64, procedure u32, fill factor u16.
  private static void initialiseMeta(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireInit(record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, INIT_META_SIZE);
    HashMeta.initialise(
        page,
        Double.longBitsToDouble(LittleEndian.readLong(bytes, main)),
        LittleEndian.readInt(bytes, main + 8),
        LittleEndian.unsignedShort(bytes, main + 12));
  }

  /// `xl_hash_init_bitmap_page`: size u16. Block 0 is the bitmap page, block 1 the meta page.
  private static void initialiseBitmap(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) == 0) {
      RecordBytes.requireInit(record, blockIndex);
      int main = RecordBytes.mainData(record, 2);
      HashPage.initialiseBitmap(page, LittleEndian.unsignedShort(record.bytes(), main));
    } else {
      require(page, record, blockIndex, 1);
      HashMeta.addBitmap(page, HashMeta.maxBucket(page) + 2);
    }
  }

  /// `xl_hash_insert`: item u16. Block 0 is the page (data: tuple), block 1 the meta page.
  private static void insert(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) == 0) {
      require(page, record, blockIndex, 0);
      int item = LittleEndian.unsignedShort(record.bytes(), RecordBytes.mainData(record, 2));
      int data = RecordBytes.blockData(record, blockIndex, 1);
      int length = RecordBytes.blockDataLength(record, blockIndex);
      page.put(PageItems.insert(page, item, length), record.bytes(), data, length);
    } else {
      require(page, record, blockIndex, 1);
      HashMeta.addTuples(page, 1);
    }
  }

  /// `xl_hash_delete`: clear dead marking u8, is first page u8. Block 1's data is the items (u16).
  private static boolean delete(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) == 0) {
      return false;
    }
    require(page, record, blockIndex, 1);
    int main = RecordBytes.mainData(record, 2);
    deleteListed(page, record, blockIndex);
    if (record.bytes()[main] != 0) {
      HashPage.clearFlag(page, HashPage.HAS_DEAD_TUPLES);
    }
    return true;
  }

  /// The block's data is the numbers of items to delete.
  static void deleteListed(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int count = RecordBytes.blockDataLength(record, blockIndex) / 2;
    int data = RecordBytes.blockDataStart(record, blockIndex);
    IndexItems.deleteAll(page, record.bytes(), data, count);
  }

  /// `xl_hash_vacuum_one_page`: transaction u32, count i32, items u16. Block 0 is the page, block 1
  /// the meta page.
  private static void vacuum(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, VACUUM_SIZE);
    int count = LittleEndian.readInt(record.bytes(), main + 4);
    if (count < 0 || count > PageHeader.PAGE_SIZE) {
      throw new CorruptDataException("vacuum of " + count + " items");
    }
    if (record.blockId(blockIndex) == 0) {
      require(page, record, blockIndex, 0);
      if (record.mainDataLength() > VACUUM_SIZE) {
        RecordBytes.mainData(record, VACUUM_SIZE + 2 * count);
        IndexItems.deleteAll(page, record.bytes(), main + VACUUM_SIZE, count);
      }
      HashPage.clearFlag(page, HashPage.HAS_DEAD_TUPLES);
    } else {
      require(page, record, blockIndex, 1);
      HashMeta.addTuples(page, -count);
    }
  }

  /// The block has this id and is a hash page to change.
  static void require(ByteBuffer page, WalRecord record, int blockIndex, int id)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != id) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireChange(record, blockIndex);
    HashPage.check(page);
  }
}
