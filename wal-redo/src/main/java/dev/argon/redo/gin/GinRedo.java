package dev.argon.redo.gin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import java.nio.ByteBuffer;

/// Redo of the resource manager Gin: `gin_redo` of ginxlog.c for one block of a record.
///
/// | record | main data | blocks |
/// |---|---|---|
/// | create posting tree | size u32, posting lists | 0 root |
/// | insert | flags u16, unless leaf left and right child (4 bytes each) | 0 page (data: what to insert), 1 child whose split is complete |
/// | split | | 0, 1, 2 by image, 3 child whose split is complete |
/// | vacuum page | | 0 by image |
/// | vacuum data leaf | | 0 (data: recompression) |
/// | delete page | parent's item u16, padding, right link u32, transaction u32 | 0 page, 1 parent, 2 left sibling |
public final class GinRedo {

  private static final int CREATE_POSTING_TREE = 0x10;
  private static final int INSERT = 0x20;
  private static final int SPLIT = 0x30;
  private static final int VACUUM_PAGE = 0x40;
  private static final int DELETE_PAGE = 0x50;
  private static final int UPDATE_META_PAGE = 0x60;
  private static final int INSERT_LIST_PAGE = 0x70;
  private static final int DELETE_LIST_PAGES = 0x80;
  private static final int VACUUM_DATA_LEAF = 0x90;

  private static final int IS_DATA = 0x01;
  private static final int IS_LEAF = 0x02;

  /// `offsetof(ginxlogInsertEntry, tuple)`: item u16, whether the old one goes u8, padding.
  private static final int ENTRY_HEADER_SIZE = 4;

  private GinRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    switch (record.info()) {
      case CREATE_POSTING_TREE -> createPostingTree(page, record, blockIndex);
      case INSERT -> insert(page, record, blockIndex);
      case SPLIT -> {
        if (record.blockId(blockIndex) != 3) {
          throw new CorruptDataException("split page without an image to apply");
        }
        completeSplit(page, record, blockIndex);
      }
      case VACUUM_PAGE -> throw new CorruptDataException("vacuum without an image to apply");
      case DELETE_PAGE -> deletePage(page, record, blockIndex);
      case UPDATE_META_PAGE -> GinListRedo.updateMeta(page, record, blockIndex);
      case INSERT_LIST_PAGE -> GinListRedo.insert(page, record, blockIndex);
      case DELETE_LIST_PAGES -> GinListRedo.delete(page, record, blockIndex);
      case VACUUM_DATA_LEAF -> {
        if (record.blockId(blockIndex) != 0) {
          throw RecordBytes.noSuchBlock(record, blockIndex);
        }
        GinPage.require(page, record, blockIndex);
        int data = RecordBytes.blockData(record, blockIndex, 2);
        GinRecompression.apply(
            page, record, data, data + RecordBytes.blockDataLength(record, blockIndex));
      }
      default -> {
        return false;
      }
    }
    PageHeader.setLsn(page, endLsn);
    return true;
  }

  private static void createPostingTree(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireInit(record, blockIndex);
    int main = RecordBytes.mainData(record, 4);
    int size = LittleEndian.readInt(record.bytes(), main);
    if (size < 0 || size > GinPage.DATA_END - GinPage.DATA_START) {
      throw new CorruptDataException("posting lists of " + size + " bytes");
    }
    RecordBytes.mainData(record, 4 + size);
    GinPage.initialise(page, GinPage.DATA | GinPage.LEAF | GinPage.COMPRESSED);
    page.put(GinPage.DATA_START, record.bytes(), main + 4, size);
    PageHeader.setLower(page, GinPage.DATA_START + size);
  }

  private static void completeSplit(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    GinPage.require(page, record, blockIndex);
    GinPage.clearFlag(page, GinPage.INCOMPLETE_SPLIT);
  }

  private static void insert(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int flags = LittleEndian.unsignedShort(bytes, RecordBytes.mainData(record, 2));
    boolean leaf = (flags & IS_LEAF) != 0;
    boolean data = (flags & IS_DATA) != 0;
    int right = GinPage.NO_BLOCK;
    if (!leaf) {
      right = GinPage.block(bytes, RecordBytes.mainData(record, 10) + 6);
    }
    int id = record.blockId(blockIndex);
    if (id == 1 && !leaf) {
      completeSplit(page, record, blockIndex);
      return;
    }
    if (id != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    GinPage.require(page, record, blockIndex);
    GinPage.requireFlags(
        page, GinPage.DATA | GinPage.LEAF, (data ? GinPage.DATA : 0) | (leaf ? GinPage.LEAF : 0));
    if (!data) {
      insertEntry(page, record, blockIndex, right);
    } else if (leaf) {
      int from = RecordBytes.blockData(record, blockIndex, 2);
      GinRecompression.apply(
          page, record, from, from + RecordBytes.blockDataLength(record, blockIndex));
    } else {
      int from = RecordBytes.blockData(record, blockIndex, 2 + GinPage.POSTING_ITEM_SIZE);
      GinPage.addPostingItem(page, LittleEndian.unsignedShort(bytes, from), bytes, from + 2, right);
    }
  }

  private static void insertEntry(ByteBuffer page, WalRecord record, int blockIndex, int right)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int from = RecordBytes.blockData(record, blockIndex, ENTRY_HEADER_SIZE);
    int length = RecordBytes.blockDataLength(record, blockIndex) - ENTRY_HEADER_SIZE;
    int item = LittleEndian.unsignedShort(bytes, from);
    if (right != GinPage.NO_BLOCK) {
      int pointer = PageItems.requireStored(page, item, RecordTuples.HEADER_SIZE);
      int tuple = LinePointer.offset(pointer);
      page.putShort(tuple, (short) (right >>> 16));
      page.putShort(tuple + 2, (short) right);
      page.putShort(tuple + 4, (short) 0);
    }
    if (bytes[from + 2] != 0) {
      IndexItems.delete(page, item);
    }
    int tuple = from + ENTRY_HEADER_SIZE;
    int size = RecordTuples.size(bytes, tuple, length);
    page.put(PageItems.insert(page, item, size), bytes, tuple, size);
  }

  private static void deletePage(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    GinPage.require(page, record, blockIndex);
    GinPage.requireFlags(page, GinPage.DATA, GinPage.DATA);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, 12);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        GinPage.setFlag(page, GinPage.DELETED);
        PageHeader.setPruneTransaction(page, LittleEndian.readInt(bytes, main + 8));
      }
      case 1 -> {
        GinPage.requireFlags(page, GinPage.LEAF, 0);
        GinPage.deletePostingItem(page, LittleEndian.unsignedShort(bytes, main));
      }
      case 2 -> GinPage.setRight(page, LittleEndian.readInt(bytes, main + 4));
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }
}
