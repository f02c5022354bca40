package dev.argon.redo.brin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// Pages of a BRIN index (brin_page.h). The special space is 8 bytes; its last two are the page's
/// type, the two before them flags.
///
/// The meta page has, after the header: magic u32, version u32, pages per range u32, last page of
/// the range map u32. A page of the range map is an array of TIDs (6 bytes).
final class BrinPage {

  static final int META = 0xF091;
  static final int RANGE_MAP = 0xF092;
  static final int REGULAR = 0xF093;

  /// `BRIN_EVACUATE_PAGE`.
  static final int EVACUATE = 1;

  private static final int SPECIAL_SIZE = 8;
  private static final int OFFSET_TYPE = PageHeader.PAGE_SIZE - 2;
  private static final int OFFSET_FLAGS = PageHeader.PAGE_SIZE - 4;

  private static final int META_MAGIC = 0xA8109CFA;
  private static final int META_END = PageHeader.SIZE + 16;
  private static final int OFFSET_LAST_RANGE_MAP_PAGE = PageHeader.SIZE + 12;

  private static final int TID_SIZE = 6;

  /// `REVMAP_PAGE_MAXITEMS`.
  private static final int TIDS_PER_PAGE =
      (PageHeader.PAGE_SIZE - PageHeader.SIZE - SPECIAL_SIZE) / TID_SIZE;

  private BrinPage() {}

  static void check(ByteBuffer page) throws CorruptDataException {
    PageHeader.checkSpecial(page, SPECIAL_SIZE);
  }

  static void initialise(ByteBuffer page, int type) {
    PageHeader.initialise(page, SPECIAL_SIZE);
    page.putShort(OFFSET_TYPE, (short) type);
  }

  static int type(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_TYPE));
  }

  static void clearFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (page.getShort(OFFSET_FLAGS) & ~flag));
  }

  static void initialiseMeta(ByteBuffer page, int pagesPerRange, int version) {
    initialise(page, META);
    page.putInt(PageHeader.SIZE, META_MAGIC);
    page.putInt(PageHeader.SIZE + 4, version);
    page.putInt(PageHeader.SIZE + 8, pagesPerRange);
    PageHeader.setLower(page, META_END);
  }

  static void setLastRangeMapPage(ByteBuffer page, int block) {
    page.putInt(OFFSET_LAST_RANGE_MAP_PAGE, block);
    PageHeader.setLower(page, META_END);
  }

  /// `brinSetHeapBlockItemptr`: where the summary of a heap block's range is.
  static void setRange(ByteBuffer page, int pagesPerRange, int heapBlock, int block, int item)
      throws CorruptDataException {
    if (pagesPerRange == 0) {
      throw new CorruptDataException("ranges of no pages");
    }
    int range = Integer.divideUnsigned(heapBlock, pagesPerRange);
    int at = PageHeader.SIZE + Integer.remainderUnsigned(range, TIDS_PER_PAGE) * TID_SIZE;
    int target = item == 0 ? -1 : block;
    page.putShort(at, (short) (target >>> 16));
    page.putShort(at + 2, (short) target);
    page.putShort(at + 4, (short) item);
  }
}
