package dev.argon.redo.effect;

import java.nio.ByteBuffer;

/// The free space map's layout (fsm_internals.h, freespace.c): pages of a binary tree of bytes,
/// each node the maximum of its children, the leaves one heap block each; pages themselves form a
/// tree of three levels, stored depth first.
final class FreeSpaceMap {

  private static final int PAGE_SIZE = 8192;

  /// Page header and `fp_next_slot`.
  private static final int NODES_OFFSET = 24 + 4;

  private static final int NODES = PAGE_SIZE - NODES_OFFSET;
  private static final int INNER_NODES = PAGE_SIZE / 2 - 1;
  private static final int LEVELS = 3;

  /// `SlotsPerFSMPage`: heap blocks per page of the lowest level.
  static final int SLOTS_PER_PAGE = NODES - INNER_NODES;

  private FreeSpaceMap() {}

  /// The map block of the lowest level that holds a heap block's slot.
  static int mapBlock(int heapBlock) {
    long leaf = Integer.toUnsignedLong(heapBlock) / SLOTS_PER_PAGE;
    long block = -1;
    for (int level = 0; level < LEVELS; level++) {
      block += leaf + 1;
      leaf /= SLOTS_PER_PAGE;
    }
    return (int) block;
  }

  static int slot(int heapBlock) {
    return Integer.remainderUnsigned(heapBlock, SLOTS_PER_PAGE);
  }

  /// Clears the slots from `slots` on and corrects the nodes above (`fsm_truncate_avail`). A page
  /// of zeros stays one.
  static void truncate(ByteBuffer page, int slots) {
    boolean changed = false;
    for (int node = INNER_NODES + slots; node < NODES; node++) {
      changed |= page.get(NODES_OFFSET + node) != 0;
      page.put(NODES_OFFSET + node, (byte) 0);
    }
    if (!changed) {
      return;
    }
    for (int node = INNER_NODES - 1; node >= 0; node--) {
      int left = 2 * node + 1;
      int leftValue = left < NODES ? page.get(NODES_OFFSET + left) & 0xFF : 0;
      int rightValue = left + 1 < NODES ? page.get(NODES_OFFSET + left + 1) & 0xFF : 0;
      page.put(NODES_OFFSET + node, (byte) Math.max(leftValue, rightValue));
    }
  }
}
