package dev.argon.redo.heap;

import dev.argon.redo.page.PageHeader;

/// Where a heap block's two bits are (visibilitymap.h, visibilitymap.c): all-visible and
/// all-frozen, from the lowest bits of each byte up, after the page header.
public final class VisibilityMap {

  /// `VISIBILITYMAP_ALL_VISIBLE`.
  public static final int ALL_VISIBLE = 1;

  /// `VISIBILITYMAP_ALL_FROZEN`.
  public static final int ALL_FROZEN = 2;

  /// `VISIBILITYMAP_VALID_BITS`.
  public static final int VALID_BITS = 3;

  /// How many heap blocks one block of the map covers.
  public static final int BLOCKS_PER_PAGE = (PageHeader.PAGE_SIZE - PageHeader.SIZE) * 4;

  private VisibilityMap() {}

  /// The map's block for a heap block.
  public static int mapBlock(int heapBlock) {
    return Integer.divideUnsigned(heapBlock, BLOCKS_PER_PAGE);
  }

  /// The byte on the map's page, header included.
  public static int position(int heapBlock) {
    return PageHeader.SIZE + Integer.remainderUnsigned(heapBlock, BLOCKS_PER_PAGE) / 4;
  }

  /// How far the two bits are shifted in that byte.
  public static int shift(int heapBlock) {
    return (heapBlock & 3) * 2;
  }
}
