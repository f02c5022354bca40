package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;
import java.util.ArrayList;
import java.util.List;

/// SP-GiST pages (spgist_private.h): inner tuples with their nodes, leaf tuples in chains, and what
/// stands for tuples that are gone: redirections, dead ones, placeholders.
final class SpgistDescription implements PageDescription {

  private static final int SPECIAL = Page.SIZE - 8;
  private static final String[] FLAGS = {"META", "DELETED", "LEAF", "NULLS"};
  private static final int META = 1;
  private static final int LEAF = 1 << 2;
  private static final long MAGIC = 0xBA0BABEEL;
  private static final int CACHED_PAGES = 8;

  private static final String[] STATES = {"live", "redirect", "dead", "placeholder"};
  private static final int LIVE = 0;
  private static final int REDIRECT = 1;
  private static final int INNER_HEADER_SIZE = 8;
  private static final int LEAF_HEADER_SIZE = 12;
  private static final int DEAD_SIZE = 16;
  private static final int NEXT_OFFSET_MASK = 0x3FFF;
  private static final int HAS_NULL_MASK = 0x8000;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    int flags = page.unsignedShort(SPECIAL);
    PageReport.Row row = report.fields("spgist");
    row.add("flags", FlagNames.of(flags, FLAGS));
    row.add("redirections", page.unsignedShort(SPECIAL + 2));
    row.add("placeholders", page.unsignedShort(SPECIAL + 4));
    row.add("page_id", Integer.toHexString(page.unsignedShort(SPECIAL + 6)));
    if ((flags & META) != 0) {
      describeMeta(page, report);
      return;
    }
    boolean leaf = (flags & LEAF) != 0;
    PageItems.describe(
        page,
        report,
        (_, at, length, item) -> {
          int state = page.unsignedByte(at) & 3;
          item.add("tuple", STATES[state]);
          if (state != LIVE) {
            describeGone(page, at, length, state, item);
          } else if (leaf) {
            describeLeaf(page, at, length, item);
          } else {
            describeInner(page, at, length, item);
          }
        });
  }

  private static void describeMeta(PageBytes page, PageReport report) throws CorruptDataException {
    long magic = page.unsignedInt(Page.HEADER_SIZE);
    report.fields("meta").add("magic", Long.toHexString(magic));
    for (int i = 0; i < CACHED_PAGES; i++) {
      int at = Page.HEADER_SIZE + 4 + 8 * i;
      PageReport.Row row = report.row("last used pages").add("kind", i);
      row.add("block", page.unsignedInt(at)).add("free", page.integer(at + 4));
    }
    if (magic != MAGIC) {
      report.problem("meta page: the magic number of SP-GiST is ba0babee");
    }
  }

  private static void describeGone(
      PageBytes page, int at, int length, int state, PageReport.Row row)
      throws CorruptDataException {
    if (length < DEAD_SIZE) {
      throw new CorruptDataException("tuple of " + length + " bytes");
    }
    row.add("next", page.unsignedShort(at + 4) & NEXT_OFFSET_MASK);
    if (state == REDIRECT) {
      row.add("target", page.tid(at + 6)).add("xid", page.unsignedInt(at + 12));
    }
  }

  private static void describeLeaf(PageBytes page, int at, int length, PageReport.Row row)
      throws CorruptDataException {
    if (length < LEAF_HEADER_SIZE) {
      throw new CorruptDataException("leaf tuple of " + length + " bytes");
    }
    int info = page.unsignedShort(at + 4);
    row.add("size", page.unsignedInt(at) >> 2).add("next", info & NEXT_OFFSET_MASK);
    row.add("nulls", (info & HAS_NULL_MASK) != 0).add("heap_tid", page.tid(at + 6));
    row.add("data", page.hex(at + LEAF_HEADER_SIZE, length - LEAF_HEADER_SIZE));
  }

  private static void describeInner(PageBytes page, int at, int length, PageReport.Row row)
      throws CorruptDataException {
    if (length < INNER_HEADER_SIZE) {
      throw new CorruptDataException("inner tuple of " + length + " bytes");
    }
    int word = page.integer(at);
    int nodes = word >> 3 & 0x1FFF;
    int prefix = word >>> 16;
    row.add("size", page.unsignedShort(at + 4)).add("all_the_same", (word >> 2 & 1) != 0);
    row.add("node_count", nodes).add("prefix", page.hex(at + INNER_HEADER_SIZE, prefix));
    List<String> list = new ArrayList<>();
    int node = at + INNER_HEADER_SIZE + prefix;
    for (int i = 0; i < nodes; i++) {
      int size = IndexTupleFields.size(page, node);
      if (size < IndexTupleFields.SIZE || node + size > at + length) {
        throw new CorruptDataException("node " + i + " of " + size + " bytes");
      }
      String label = page.hex(node + IndexTupleFields.SIZE, size - IndexTupleFields.SIZE);
      list.add(page.tid(node) + (label.isEmpty() ? "" : ":" + label));
      node += size;
    }
    row.add("nodes", list);
  }
}
