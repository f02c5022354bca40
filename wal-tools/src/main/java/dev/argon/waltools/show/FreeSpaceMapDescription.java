package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.page.Page;

/// Free space map pages (fsm_internals.h): the slot to try next, then a binary tree in an array in
/// which each node is the larger of its children; a byte stands for 32 bytes of free space.
final class FreeSpaceMapDescription implements PageDescription {

  private static final int OFFSET_NEXT_SLOT = Page.HEADER_SIZE;
  private static final int OFFSET_NODES = OFFSET_NEXT_SLOT + 4;
  private static final int NODES = Page.SIZE - OFFSET_NODES;
  private static final int INNER_NODES = Page.SIZE / 2 - 1;
  private static final int BYTES_PER_UNIT = 32;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    PageReport.Row row = report.fields("free space map");
    row.add("next_slot", page.unsignedInt(OFFSET_NEXT_SLOT));
    row.add("slots", NODES - INNER_NODES);
    row.add("largest", (long) page.unsignedByte(OFFSET_NODES) * BYTES_PER_UNIT);
    int wrong = firstWrongNode(page.raw());
    if (wrong >= 0) {
      report.problem("node " + wrong + " is not the larger of its children");
    }
    int from = INNER_NODES;
    for (int node = from + 1; node <= NODES; node++) {
      if (node == NODES || value(page, node) != value(page, from)) {
        if (value(page, from) != 0) {
          PageReport.Row range = report.row("slots").add("from", from - INNER_NODES);
          range.add("to", node - 1 - INNER_NODES);
          range.add("free", (long) value(page, from) * BYTES_PER_UNIT);
        }
        from = node;
      }
    }
  }

  private static int value(PageBytes page, int node) throws CorruptDataException {
    return page.unsignedByte(OFFSET_NODES + node);
  }

  /// Whether a page without special space and tuples is of a free space map: a tree that is right
  /// and not empty, and a slot that exists. A visibility map has none of it but by accident.
  static boolean isLikely(byte[] page) {
    int nextSlot = LittleEndian.readInt(page, OFFSET_NEXT_SLOT);
    return nextSlot >= 0
        && nextSlot <= NODES - INNER_NODES
        && node(page, 0) > 0
        && firstWrongNode(page) < 0;
  }

  /// The first node that is not the larger of its children, -1 if the tree is right.
  static int firstWrongNode(byte[] page) {
    for (int node = 0; node < INNER_NODES; node++) {
      int left = 2 * node + 1;
      int expected = Math.max(node(page, left), node(page, left + 1));
      if (node(page, node) != expected) {
        return node;
      }
    }
    return -1;
  }

  private static int node(byte[] page, int node) {
    return node < NODES ? page[OFFSET_NODES + node] & 0xFF : 0;
  }
}
