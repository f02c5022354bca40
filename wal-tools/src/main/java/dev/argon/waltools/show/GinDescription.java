package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;
import dev.argon.redo.gin.PostingList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// GIN pages (ginblock.h): entries with posting lists or posting trees, the trees' pages, pending
/// list pages, meta page. Posting lists are decoded.
final class GinDescription implements PageDescription {

  private static final int SPECIAL = Page.SIZE - 8;

  private static final String[] FLAGS = {
    "DATA", "LEAF", "DELETED", "META", "LIST", "LIST_FULLROW", "INCOMPLETE_SPLIT", "COMPRESSED"
  };

  private static final int DATA = 1;
  private static final int LEAF = 1 << 1;
  private static final int DELETED = 1 << 2;
  private static final int META = 1 << 3;
  private static final int LIST = 1 << 4;
  private static final int COMPRESSED = 1 << 7;

  /// Behind the right bound.
  private static final int DATA_START = Page.HEADER_SIZE + 8;

  private static final int POSTING_ITEM_SIZE = 10;
  private static final int TID_SIZE = 6;
  private static final int ITEM_BITS = 11;

  /// `GIN_TREE_POSTING`: the entry's TIDs are in a tree of their own.
  private static final int POSTING_TREE = 0xFFFF;

  /// `GIN_ITUP_COMPRESSED`, in the block number that is the list's offset.
  private static final long LIST_IS_COMPRESSED = 1L << 31;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    int flags = page.unsignedShort(SPECIAL + 6);
    int count = page.unsignedShort(SPECIAL + 4);
    PageReport.Row row = report.fields("gin");
    row.add("rightlink", page.unsignedInt(SPECIAL)).add("maxoff", count);
    row.add("flags", FlagNames.of(flags, FLAGS));
    if ((flags & META) != 0) {
      describeMeta(page, report);
    } else if ((flags & DELETED) != 0) {
      row.add("delete_xid", page.unsignedInt(Page.OFFSET_PRUNE_XID));
    } else if ((flags & DATA) != 0) {
      row.add("right_bound", page.tid(Page.HEADER_SIZE));
      describeData(page, flags, count, report);
    } else {
      boolean list = (flags & LIST) != 0;
      boolean leaf = (flags & LEAF) != 0;
      PageItems.describe(
          page,
          report,
          (_, at, length, item) -> {
            if (list) {
              IndexTupleFields.describeWhole(page, at, length, item);
            } else {
              describeEntry(page, at, length, leaf, item);
            }
          });
    }
  }

  private static void describeMeta(PageBytes page, PageReport report) throws CorruptDataException {
    int at = Page.HEADER_SIZE;
    PageReport.Row row = report.fields("meta");
    row.add("pending_head", page.unsignedInt(at)).add("pending_tail", page.unsignedInt(at + 4));
    row.add("tail_free_size", page.unsignedInt(at + 8));
    row.add("n_pending_pages", page.unsignedInt(at + 12));
    row.add("n_pending_tuples", page.longInteger(at + 16));
    row.add("n_total_pages", page.unsignedInt(at + 24));
    row.add("n_entry_pages", page.unsignedInt(at + 28));
    row.add("n_data_pages", page.unsignedInt(at + 32));
    row.add("n_entries", page.longInteger(at + 40)).add("version", page.integer(at + 48));
  }

  private static void describeEntry(
      PageBytes page, int at, int length, boolean leaf, PageReport.Row row)
      throws CorruptDataException {
    IndexTupleFields.describe(page, at, length, row);
    long tidBlock = page.tidBlock(at);
    int postings = page.tidOffset(at);
    int end = at + length;
    int data = IndexTupleFields.data(page, at, end, row);
    if (!leaf) {
      row.add("downlink", tidBlock).add("data", page.hex(data, end - data));
      return;
    }
    if (postings == POSTING_TREE) {
      row.add("posting_tree", tidBlock).add("data", page.hex(data, end - data));
      return;
    }
    long list = at + (tidBlock & ~LIST_IS_COMPRESSED);
    if (list < data || list > end) {
      throw new CorruptDataException("posting list at " + (list - at) + " of " + length);
    }
    row.add("data", page.hex(data, (int) list - data)).add("posting_count", postings);
    if ((tidBlock & LIST_IS_COMPRESSED) == 0) {
      row.add("posting", IndexTupleFields.tids(page, (int) list, postings));
    } else if (postings > 0) {
      row.add("posting", decode(page, (int) list, end));
    }
  }

  private static void describeData(PageBytes page, int flags, int count, PageReport report)
      throws CorruptDataException {
    if ((flags & LEAF) == 0) {
      for (int i = 0; i < count; i++) {
        int at = DATA_START + POSTING_ITEM_SIZE * i;
        String where = "posting item " + (i + 1);
        if (at + POSTING_ITEM_SIZE > SPECIAL) {
          throw new CorruptDataException(where + " of " + count + " is not on the page");
        }
        PageReport.Row row = report.row("posting items");
        row.add("off", i + 1).add("child", page.tidBlock(at)).add("key", page.tid(at + 4));
      }
    } else if ((flags & COMPRESSED) == 0) {
      int fit = (SPECIAL - DATA_START) / TID_SIZE;
      report
          .fields("posting list")
          .add("tids", IndexTupleFields.tids(page, DATA_START, Math.min(count, fit)));
    } else {
      describeSegments(page, report);
    }
  }

  private static void describeSegments(PageBytes page, PageReport report)
      throws CorruptDataException {
    int end = Page.lower(page.raw());
    if (end < DATA_START || end > SPECIAL) {
      throw new CorruptDataException("posting lists end at " + end);
    }
    int at = DATA_START;
    while (at < end) {
      int size = PostingList.size(buffer(page), at, end - at);
      PageReport.Row row = report.row("posting lists").add("at", at).add("size", size);
      List<String> tids = decode(page, at, end);
      row.add("count", tids.size()).add("tids", tids);
      at += size;
    }
  }

  private static ByteBuffer buffer(PageBytes page) {
    return ByteBuffer.wrap(page.raw()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static List<String> decode(PageBytes page, int at, int end) throws CorruptDataException {
    ByteBuffer bytes = buffer(page);
    PostingList.size(bytes, at, end - at);
    long[] tids = new long[PostingList.countMax()];
    int count = PostingList.decode(bytes, at, tids, 0);
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long item = tids[i] & (1 << ITEM_BITS) - 1;
      texts.add("(" + (tids[i] >>> ITEM_BITS) + "," + item + ")");
    }
    return texts;
  }
}
