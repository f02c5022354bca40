package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;

/// Moves the items that stay on a page to its end, in the order of their numbers from the end down,
/// as PostgreSQL does (`compactify_tuples`, `PageRepairFragmentation` and
/// `PageTruncateLinePointerArray` of bufpage.c).
///
/// Every item has its aligned length. Items at the front that are in their place stay. If each lies
/// below the one before it already, items only move up and in turn; otherwise they are copied from
/// a snapshot of the part of the page they lie in.
public final class PageCompaction {

  private PageCompaction() {}

  /// `PageRepairFragmentation`: closes the gaps on a heap page after some of its line pointers were
  /// set dead, unused or redirected, and drops unused line pointers at the end.
  public static void repairFragmentation(ByteBuffer page) throws CorruptDataException {
    PageHeader.check(page);
    RedoScratch scratch = RedoScratch.current();
    int[] items = scratch.items;
    int[] pointers = scratch.pointers;
    int count = PageItems.count(page);
    int upper = PageHeader.upper(page);
    int special = PageHeader.special(page);
    int stored = 0;
    int unused = 0;
    int lastUsed = 0;
    for (int item = 1; item <= count; item++) {
      int pointer = PageItems.pointer(page, item);
      if (!LinePointer.isUsed(pointer)) {
        if (pointer != LinePointer.UNUSED) {
          PageItems.setPointer(page, item, LinePointer.UNUSED);
        }
        unused++;
        continue;
      }
      lastUsed = item;
      if (LinePointer.hasStorage(pointer)) {
        int offset = LinePointer.offset(pointer);
        if (offset < upper || offset + PageHeader.align(LinePointer.length(pointer)) > special) {
          throw PageItems.corrupt(item, pointer);
        }
        items[stored] = item;
        pointers[stored++] = pointer;
      }
    }
    compact(page, scratch, stored);
    int trailing = count - lastUsed;
    PageHeader.setLower(page, PageHeader.lower(page) - trailing * LinePointer.SIZE);
    setFreeLines(page, unused > trailing);
  }

  /// `PageTruncateLinePointerArray`: drops unused line pointers at the end, all but the first of
  /// the page.
  public static void truncateLinePointers(ByteBuffer page) {
    int count = PageItems.count(page);
    int last = count;
    while (last > 1 && !LinePointer.isUsed(PageItems.pointer(page, last))) {
      last--;
    }
    boolean free = false;
    for (int item = last; item >= 1 && !free; item--) {
      free = !LinePointer.isUsed(PageItems.pointer(page, item));
    }
    PageHeader.setLower(page, PageHeader.lower(page) - (count - last) * LinePointer.SIZE);
    setFreeLines(page, free);
  }

  private static void setFreeLines(ByteBuffer page, boolean free) {
    if (free) {
      PageHeader.setFlag(page, PageHeader.HAS_FREE_LINES);
    } else {
      PageHeader.clearFlag(page, PageHeader.HAS_FREE_LINES);
    }
  }

  /// Compacts the first `stored` entries of `scratch.items` (numbers, ascending) and
  /// `scratch.pointers` (their line pointers, inside the item area), and sets `pd_upper`.
  static void compact(ByteBuffer page, RedoScratch scratch, int stored)
      throws CorruptDataException {
    int[] items = scratch.items;
    int[] pointers = scratch.pointers;
    int special = PageHeader.special(page);
    int lower = PageHeader.lower(page);
    int total = 0;
    int previous = special;
    // How many items at the front are where they belong.
    int settled = 0;
    int settledStart = special;
    boolean presorted = true;
    int from = special;
    int to = 0;
    for (int i = 0; i < stored; i++) {
      int offset = LinePointer.offset(pointers[i]);
      int length = PageHeader.align(LinePointer.length(pointers[i]));
      presorted &= offset < previous;
      previous = offset;
      total += length;
      if (settled == i && offset + length == settledStart) {
        settled++;
        settledStart = offset;
      } else {
        from = Math.min(from, offset);
        to = Math.max(to, offset + length);
      }
    }
    if (total > special - lower) {
      throw new CorruptDataException(
          "items of " + total + " bytes, space for " + (special - lower));
    }
    ByteBuffer source = presorted ? page : scratch.copyOf(page, from, to);
    int upper = settledStart;
    int blockStart = settledStart;
    int blockLength = 0;
    for (int i = settled; i < stored; i++) {
      int pointer = pointers[i];
      int offset = LinePointer.offset(pointer);
      int length = PageHeader.align(LinePointer.length(pointer));
      if (offset + length != blockStart) {
        move(page, upper, source, blockStart, blockLength);
        blockLength = 0;
      }
      blockStart = offset;
      blockLength += length;
      upper -= length;
      if (upper != offset) {
        PageItems.setPointer(page, items[i], LinePointer.withOffset(pointer, upper));
      }
    }
    move(page, upper, source, blockStart, blockLength);
    PageHeader.setUpper(page, upper);
  }

  /// Moves items that lie one below the other at once.
  private static void move(ByteBuffer page, int to, ByteBuffer source, int from, int length) {
    if (length > 0 && to != from) {
      page.put(to, source, from, length);
    }
  }
}
