package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;

/// BRIN pages (brin_page.h, brin_tuple.h): meta, range map, summaries.
final class BrinDescription implements PageDescription {

  private static final int SPECIAL = Page.SIZE - 8;
  private static final int TYPE_META = 0xF091;
  private static final int TYPE_RANGE_MAP = 0xF092;
  private static final int TYPE_REGULAR = 0xF093;
  private static final String[] FLAGS = {"EVACUATE"};
  private static final long MAGIC = 0xA8109CFAL;

  /// `REVMAP_PAGE_MAXITEMS`.
  private static final int RANGES_PER_PAGE = (SPECIAL - Page.HEADER_SIZE) / 6;

  private static final int TUPLE_HEADER_SIZE = 5;
  private static final int DATA_OFFSET_MASK = 0x1F;
  private static final int EMPTY_RANGE = 0x20;
  private static final int PLACEHOLDER = 0x40;
  private static final int HAS_NULLS = 0x80;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    int type = page.unsignedShort(SPECIAL + 6);
    PageReport.Row row = report.fields("brin");
    row.add("flags", FlagNames.of(page.unsignedShort(SPECIAL + 4), FLAGS));
    row.add("type", typeName(type));
    switch (type) {
      case TYPE_META -> describeMeta(page, report);
      case TYPE_RANGE_MAP -> describeRangeMap(page, block, report);
      case TYPE_REGULAR ->
          PageItems.describe(
              page, report, (_, at, length, item) -> describeTuple(page, at, length, item));
      default -> throw new CorruptDataException("page type " + Integer.toHexString(type));
    }
  }

  private static String typeName(int type) {
    return switch (type) {
      case TYPE_META -> "meta";
      case TYPE_RANGE_MAP -> "revmap";
      case TYPE_REGULAR -> "regular";
      default -> Integer.toHexString(type);
    };
  }

  private static void describeMeta(PageBytes page, PageReport report) throws CorruptDataException {
    int at = Page.HEADER_SIZE;
    PageReport.Row row = report.fields("meta");
    row.add("magic", Long.toHexString(page.unsignedInt(at)));
    row.add("version", page.unsignedInt(at + 4)).add("pages_per_range", page.unsignedInt(at + 8));
    row.add("last_revmap_page", page.unsignedInt(at + 12));
    if (page.unsignedInt(at) != MAGIC) {
      report.problem("meta page: the magic number of BRIN is a8109cfa");
    }
  }

  /// Only ranges that have a summary.
  private static void describeRangeMap(PageBytes page, long block, PageReport report)
      throws CorruptDataException {
    for (int i = 0; i < RANGES_PER_PAGE; i++) {
      int at = Page.HEADER_SIZE + 6 * i;
      if (page.tidOffset(at) != 0) {
        report
            .row("ranges")
            .add("range", Math.max(block - 1, 0) * RANGES_PER_PAGE + i)
            .add("tid", page.tid(at));
      }
    }
  }

  private static void describeTuple(PageBytes page, int at, int length, PageReport.Row row)
      throws CorruptDataException {
    if (length < TUPLE_HEADER_SIZE) {
      throw new CorruptDataException("summary of " + length + " bytes");
    }
    int info = page.unsignedByte(at + 4);
    int data = info & DATA_OFFSET_MASK;
    row.add("heap_block", page.unsignedInt(at)).add("nulls", (info & HAS_NULLS) != 0);
    row.add("placeholder", (info & PLACEHOLDER) != 0).add("empty", (info & EMPTY_RANGE) != 0);
    if (data < TUPLE_HEADER_SIZE || data > length) {
      throw new CorruptDataException("data at " + data + " of " + length);
    }
    row.add("bits", page.hex(at + TUPLE_HEADER_SIZE, data - TUPLE_HEADER_SIZE));
    row.add("data", page.hex(at + data, length - data));
  }
}
