package dev.argon.redo.brin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// Redo of the resource manager BRIN: `brin_redo` of brin_xlog.c for one block of a record.
///
/// | record | main data | blocks |
/// |---|---|---|
/// | create index | pages per range u32, version u16 | 0 meta page |
/// | insert | heap block u32, pages per range u32, item u16 | 0 page (data: tuple), 1 range map |
/// | update | old item u16, padding, then as insert | as insert, 2 old page |
/// | update on the page | item u16 | 0 page (data: tuple) |
/// | extend range map | block u32 | 0 meta page, 1 new page |
/// | desummarize | pages per range u32, heap block u32, item u16 | 0 range map, 1 page |
public final class BrinRedo {

  /// `XLOG_BRIN_OPMASK`.
  private static final int OPERATION_MASK = 0x70;

  private static final int INIT_PAGE = 0x80;

  private static final int CREATE_INDEX = 0x00;
  private static final int INSERT = 0x10;
  private static final int UPDATE = 0x20;
  private static final int SAME_PAGE_UPDATE = 0x30;
  private static final int EXTEND_RANGE_MAP = 0x40;
  private static final int DESUMMARIZE = 0x50;

  private static final int CREATE_INDEX_SIZE = 6;
  private static final int INSERT_SIZE = 10;
  private static final int UPDATE_INSERT_OFFSET = 4;

  private BrinRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    switch (record.info() & OPERATION_MASK) {
      case CREATE_INDEX -> createIndex(page, record, blockIndex);
      case INSERT -> insert(page, record, blockIndex, 0);
      case UPDATE -> update(page, record, blockIndex);
      case SAME_PAGE_UPDATE -> updateOnPage(page, record, blockIndex);
      case EXTEND_RANGE_MAP -> extendRangeMap(page, record, blockIndex);
      case DESUMMARIZE -> desummarize(page, record, blockIndex);
      default -> {
        return false;
      }
    }
    PageHeader.setLsn(page, endLsn);
    return true;
  }

  private static void createIndex(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireInit(record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, CREATE_INDEX_SIZE);
    BrinPage.initialiseMeta(
        page, LittleEndian.readInt(bytes, main), LittleEndian.unsignedShort(bytes, main + 4));
  }

  /// @param skipped bytes of main data before the insertion's
  private static void insert(ByteBuffer page, WalRecord record, int blockIndex, int skipped)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, skipped + INSERT_SIZE) + skipped;
    int item = LittleEndian.unsignedShort(bytes, main + 8);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        if ((record.info() & INIT_PAGE) != 0) {
          RecordBytes.requireInit(record, blockIndex);
          BrinPage.initialise(page, BrinPage.REGULAR);
        } else {
          requireChange(page, record, blockIndex);
        }
        int length = RecordBytes.blockDataLength(record, blockIndex);
        int data = RecordBytes.blockData(record, blockIndex, 1);
        page.put(PageItems.occupy(page, item, length), bytes, data, length);
      }
      case 1 -> {
        requireChange(page, record, blockIndex);
        int target = record.blockIndexOf(0);
        if (target < 0) {
          throw new CorruptDataException("insert without block 0");
        }
        BrinPage.setRange(
            page,
            LittleEndian.readInt(bytes, main + 4),
            LittleEndian.readInt(bytes, main),
            record.blockNumber(target),
            item);
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void update(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) == 2) {
      requireChange(page, record, blockIndex);
      int main = RecordBytes.mainData(record, UPDATE_INSERT_OFFSET + INSERT_SIZE);
      IndexItems.deleteKeepingNumbers(page, LittleEndian.unsignedShort(record.bytes(), main));
    } else {
      insert(page, record, blockIndex, UPDATE_INSERT_OFFSET);
    }
  }

  private static void updateOnPage(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    requireChange(page, record, blockIndex);
    int item = LittleEndian.unsignedShort(record.bytes(), RecordBytes.mainData(record, 2));
    int data = RecordBytes.blockData(record, blockIndex, 1);
    int length = RecordBytes.blockDataLength(record, blockIndex);
    page.put(IndexItems.resize(page, item, length), record.bytes(), data, length);
  }

  private static void extendRangeMap(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int block = LittleEndian.readInt(record.bytes(), RecordBytes.mainData(record, 4));
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        requireChange(page, record, blockIndex);
        BrinPage.setLastRangeMapPage(page, block);
      }
      case 1 -> {
        RecordBytes.requireInit(record, blockIndex);
        BrinPage.initialise(page, BrinPage.RANGE_MAP);
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void desummarize(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, INSERT_SIZE);
    requireChange(page, record, blockIndex);
    switch (record.blockId(blockIndex)) {
      case 0 ->
          BrinPage.setRange(
              page, LittleEndian.readInt(bytes, main), LittleEndian.readInt(bytes, main + 4), 0, 0);
      case 1 -> IndexItems.deleteKeepingNumbers(page, LittleEndian.unsignedShort(bytes, main + 8));
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void requireChange(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    BrinPage.check(page);
  }
}
