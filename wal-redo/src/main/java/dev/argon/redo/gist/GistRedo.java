package dev.argon.redo.gist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import java.nio.ByteBuffer;

/// Redo of the resource manager Gist: `gist_redo` of gistxlog.c for one block of a record.
///
/// | record | main data | blocks |
/// |---|---|---|
/// | page update | deleted u16, inserted u16 | 0 page (data: items u16, tuples), 1 left child |
/// | delete | transaction u32, count u16, items u16 | 0 leaf |
/// | page split | right link u32, padding, NSN u64, leaf u8, padding, pages u16, follow right u8 | 0 left child, from 1 on the pages (data: count u32, tuples) |
/// | page delete | transaction u64, item u16 | 0 leaf, 1 parent |
///
/// Servers up to some later 15 release mark a leaf from which tuples were deleted
/// (`F_TUPLES_DELETED`); nothing reads the mark, later servers and this redo do not set it.
///
/// The left child is the left half of a split that the record completes: its follow-right flag goes
/// and its sequence number becomes the record's LSN, even if an image of it was just restored.
public final class GistRedo {

  private static final int PAGE_UPDATE = 0x00;
  private static final int DELETE = 0x10;
  private static final int PAGE_SPLIT = 0x30;
  private static final int PAGE_DELETE = 0x60;

  private static final int PAGE_UPDATE_SIZE = 4;
  private static final int DELETE_SIZE = 6;
  private static final int PAGE_SPLIT_SIZE = 24;
  private static final int PAGE_DELETE_SIZE = 10;

  private GistRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    switch (record.info()) {
      case PAGE_UPDATE -> {
        if (record.blockId(blockIndex) == 1) {
          requireChange(page, record, blockIndex);
          completeSplit(page, endLsn);
        } else {
          updatePage(page, record, blockIndex);
        }
      }
      case DELETE -> delete(page, record, blockIndex);
      case PAGE_SPLIT -> {
        if (record.blockId(blockIndex) == 0) {
          requireChange(page, record, blockIndex);
          completeSplit(page, endLsn);
        } else {
          splitPage(page, record, blockIndex);
        }
      }
      case PAGE_DELETE -> deletePage(page, record, blockIndex);
      default -> {
        return false;
      }
    }
    PageHeader.setLsn(page, endLsn);
    return true;
  }

  /// What redo changes on a page after restoring its image.
  public static void applyAfterImage(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    int id = record.blockId(blockIndex);
    if ((record.info() == PAGE_UPDATE && id == 1) || (record.info() == PAGE_SPLIT && id == 0)) {
      GistPage.check(page);
      completeSplit(page, endLsn);
    }
  }

  private static void completeSplit(ByteBuffer page, long endLsn) {
    GistPage.setNodeSequenceNumber(page, endLsn);
    GistPage.clearFlag(page, GistPage.FOLLOW_RIGHT);
  }

  private static void updatePage(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    requireChange(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, PAGE_UPDATE_SIZE);
    int deleted = LittleEndian.unsignedShort(bytes, main);
    int inserted = LittleEndian.unsignedShort(bytes, main + 2);
    int data = RecordBytes.blockData(record, blockIndex, 2 * deleted);
    int tuples = data + 2 * deleted;
    int length = RecordBytes.blockDataLength(record, blockIndex) - 2 * deleted;
    int added;
    if (deleted == 1 && inserted == 1) {
      int size = RecordTuples.size(bytes, tuples, length);
      int item = LittleEndian.unsignedShort(bytes, data);
      page.put(IndexItems.resize(page, item, size), bytes, tuples, size);
      added = 1 + RecordTuples.append(page, bytes, tuples + size, length - size);
    } else {
      if (deleted > 0) {
        IndexItems.deleteAll(page, bytes, data, deleted);
      }
      added = RecordTuples.append(page, bytes, tuples, length);
    }
    if (added != inserted) {
      throw new CorruptDataException(added + " tuples where " + inserted + " were announced");
    }
  }

  private static void delete(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    requireChange(page, record, blockIndex);
    int main = RecordBytes.mainData(record, DELETE_SIZE);
    int count = LittleEndian.unsignedShort(record.bytes(), main + 4);
    if (record.mainDataLength() > DELETE_SIZE) {
      RecordBytes.mainData(record, DELETE_SIZE + 2 * count);
      IndexItems.deleteAll(page, record.bytes(), main + DELETE_SIZE, count);
    }
    GistPage.clearFlag(page, GistPage.HAS_GARBAGE);
  }

  private static void splitPage(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireInit(record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, PAGE_SPLIT_SIZE);
    boolean leaf = bytes[main + 16] != 0;
    int pages = LittleEndian.unsignedShort(bytes, main + 18);
    boolean followRight = bytes[main + 20] != 0;
    int id = record.blockId(blockIndex);
    int first = record.blockIndexOf(1);
    int next = record.blockIndexOf(id + 1);
    if (id > pages || first < 0 || (id < pages && next < 0)) {
      throw new CorruptDataException("split into " + pages + " pages, block id " + id);
    }
    boolean root = record.blockNumber(blockIndex) == GistPage.ROOT_BLOCK;
    boolean last = id == pages;
    int right = LittleEndian.readInt(bytes, main);
    if (root) {
      right = GistPage.NO_BLOCK;
    } else if (!last) {
      right = record.blockNumber(next);
    }
    int flags = leaf && !root ? GistPage.LEAF : 0;
    boolean rootSplit = record.blockNumber(first) == GistPage.ROOT_BLOCK;
    if (!root && !last && !rootSplit && followRight) {
      flags |= GistPage.FOLLOW_RIGHT;
    }
    GistPage.initialise(page, right, flags);
    GistPage.setNodeSequenceNumber(page, LittleEndian.readLong(bytes, main + 8));
    int data = RecordBytes.blockData(record, blockIndex, 4);
    int length = RecordBytes.blockDataLength(record, blockIndex) - 4;
    int added = RecordTuples.append(page, bytes, data + 4, length);
    if (added != LittleEndian.readInt(bytes, data)) {
      throw new CorruptDataException(added + " tuples on page " + id + " of a split");
    }
  }

  private static void deletePage(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    requireChange(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, PAGE_DELETE_SIZE);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        if (PageItems.count(page) != 0) {
          throw new CorruptDataException("deleted page with " + PageItems.count(page) + " items");
        }
        GistPage.setFlag(page, GistPage.DELETED);
        page.putLong(PageHeader.SIZE, LittleEndian.readLong(bytes, main));
        PageHeader.setLower(page, PageHeader.SIZE + Long.BYTES);
      }
      case 1 -> IndexItems.delete(page, LittleEndian.unsignedShort(bytes, main + 8));
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void requireChange(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    GistPage.check(page);
  }
}
