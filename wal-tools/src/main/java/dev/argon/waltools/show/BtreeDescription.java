package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;

/// B-tree pages (nbtree.h): siblings, level, flags and vacuum cycle id at the end; a meta page;
/// pivot tuples, which say how many attributes they have, and posting lists.
final class BtreeDescription implements PageDescription {

  private static final int SPECIAL = Page.SIZE - 16;

  private static final String[] FLAGS = {
    "LEAF",
    "ROOT",
    "DELETED",
    "META",
    "HALF_DEAD",
    "SPLIT_END",
    "HAS_GARBAGE",
    "INCOMPLETE_SPLIT",
    "HAS_FULLXID"
  };

  private static final int LEAF = 1;
  private static final int DELETED = 1 << 2;
  private static final int META = 1 << 3;
  private static final int HAS_FULL_XID = 1 << 8;
  private static final int MAGIC = 0x053162;

  /// `BT_OFFSET_MASK` and `BT_STATUS_OFFSET_MASK` of an alternative TID's offset number.
  private static final int COUNT_MASK = 0x0FFF;

  private static final int PIVOT_HEAP_TID = 0x1000;
  private static final int IS_POSTING = 0x2000;
  private static final int TID_SIZE = 6;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    int flags = page.unsignedShort(SPECIAL + 12);
    long next = page.unsignedInt(SPECIAL + 4);
    PageReport.Row row = report.fields("btree");
    row.add("prev", page.unsignedInt(SPECIAL)).add("next", next);
    row.add("level", page.unsignedInt(SPECIAL + 8)).add("flags", FlagNames.of(flags, FLAGS));
    row.add("cycle_id", page.unsignedShort(SPECIAL + 14));
    if ((flags & META) != 0) {
      describeMeta(page, report);
      return;
    }
    if ((flags & DELETED) != 0) {
      if ((flags & HAS_FULL_XID) != 0) {
        row.add("safexid", page.fullTransactionId(Page.HEADER_SIZE));
      } else {
        // Before 14 the level field held the transaction id.
        row.add("safexid", page.unsignedInt(SPECIAL + 8));
      }
      return;
    }
    boolean leaf = (flags & LEAF) != 0;
    PageItems.describe(
        page,
        report,
        (offsetNumber, at, length, item) -> {
          boolean highKey = next != 0 && offsetNumber == 1;
          if (highKey) {
            item.add("high_key", true);
          }
          describeTuple(page, at, length, leaf && !highKey, item);
        });
  }

  private static void describeMeta(PageBytes page, PageReport report) throws CorruptDataException {
    int at = Page.HEADER_SIZE;
    PageReport.Row row = report.fields("meta");
    row.add("magic", Long.toHexString(page.unsignedInt(at)));
    row.add("version", page.unsignedInt(at + 4)).add("root", page.unsignedInt(at + 8));
    row.add("level", page.unsignedInt(at + 12)).add("fastroot", page.unsignedInt(at + 16));
    row.add("fastlevel", page.unsignedInt(at + 20));
    row.add("last_cleanup_num_delpages", page.unsignedInt(at + 24));
    row.add("last_cleanup_num_tuples", page.floating(at + 32));
    row.add("allequalimage", page.unsignedByte(at + 40) != 0);
    if (page.integer(at) != MAGIC) {
      report.problem("meta page: the magic number of a b-tree is 53162");
    }
  }

  private static void describeTuple(
      PageBytes page, int at, int length, boolean leaf, PageReport.Row row)
      throws CorruptDataException {
    IndexTupleFields.describe(page, at, length, row);
    int end = at + IndexTupleFields.size(page, at);
    int data = IndexTupleFields.data(page, at, end, row);
    boolean alternative = (IndexTupleFields.info(page, at) & IndexTupleFields.ALTERNATIVE_TID) != 0;
    int status = page.tidOffset(at);
    if (alternative && (status & IS_POSTING) != 0) {
      int count = status & COUNT_MASK;
      long list = at + page.tidBlock(at);
      if (list < data || list + (long) count * TID_SIZE > end) {
        throw new CorruptDataException("posting list of " + count + " at " + (list - at));
      }
      row.add("data", page.hex(data, (int) list - data));
      row.add("posting", IndexTupleFields.tids(page, (int) list, count));
      return;
    }
    if (alternative) {
      row.add("attributes", status & COUNT_MASK);
      if ((status & PIVOT_HEAP_TID) != 0) {
        row.add("heap_tid", page.tid(end - TID_SIZE));
      }
    }
    if (!leaf) {
      row.add("downlink", page.tidBlock(at));
    }
    row.add("data", page.hex(data, end - data));
  }
}
