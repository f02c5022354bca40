package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import java.nio.ByteBuffer;

/// Deleting and replacing items of an index page (`PageIndexTupleDelete`,
/// `PageIndexTupleDeleteNoCompact`, `PageIndexMultiDelete`, `PageIndexTupleOverwrite` of
/// bufpage.c). Items are aligned to 8 bytes; what lies below a removed item moves up.
public final class IndexItems {

  private IndexItems() {}

  /// `PageIndexTupleDelete`: the item and its line pointer are gone; later items count one less.
  public static void delete(ByteBuffer page, int item) throws CorruptDataException {
    PageHeader.check(page);
    int pointer = requireAligned(page, item);
    int position = PageItems.position(item);
    int lower = PageHeader.lower(page);
    page.put(position, page, position + LinePointer.SIZE, lower - position - LinePointer.SIZE);
    PageHeader.setLower(page, lower - LinePointer.SIZE);
    shift(page, LinePointer.offset(pointer), PageHeader.align(LinePointer.length(pointer)));
  }

  /// `PageIndexTupleDeleteNoCompact`: the item is gone; its line pointer stays, unused, unless it
  /// is the last.
  public static void deleteKeepingNumbers(ByteBuffer page, int item) throws CorruptDataException {
    PageHeader.check(page);
    int pointer = requireAligned(page, item);
    if (item < PageItems.count(page)) {
      PageItems.setPointer(page, item, LinePointer.UNUSED);
    } else {
      PageHeader.setLower(page, PageHeader.lower(page) - LinePointer.SIZE);
    }
    shift(page, LinePointer.offset(pointer), PageHeader.align(LinePointer.length(pointer)));
  }

  /// `PageIndexMultiDelete`: deletes `count` items whose numbers stand, ascending, as 16-bit values
  /// at `from` of `numbers`. Up to two are deleted one by one, from the last; that leaves another
  /// order on the page than the compaction of many.
  public static void deleteAll(ByteBuffer page, byte[] numbers, int from, int count)
      throws CorruptDataException {
    if (count <= 2) {
      for (int i = count - 1; i >= 0; i--) {
        delete(page, LittleEndian.unsignedShort(numbers, from + 2 * i));
      }
      return;
    }
    PageHeader.check(page);
    RedoScratch scratch = RedoScratch.current();
    int items = PageItems.count(page);
    int kept = 0;
    int next = 0;
    for (int item = 1; item <= items; item++) {
      int pointer = requireAligned(page, item);
      if (next < count && item == LittleEndian.unsignedShort(numbers, from + 2 * next)) {
        next++;
      } else {
        scratch.items[kept] = kept + 1;
        scratch.pointers[kept++] = pointer;
      }
    }
    if (next != count) {
      throw new CorruptDataException("items to delete are not in order or not on the page");
    }
    for (int i = 0; i < kept; i++) {
      PageItems.setPointer(page, i + 1, scratch.pointers[i]);
    }
    PageHeader.setLower(page, PageItems.position(kept + 1));
    PageCompaction.compact(page, scratch, kept);
  }

  /// `PageIndexTupleOverwrite`: the item gets `length` bytes in its old place; its line pointer
  /// keeps its flags.
  ///
  /// @return where on the page the caller must put the item's new bytes
  public static int resize(ByteBuffer page, int item, int length) throws CorruptDataException {
    PageHeader.check(page);
    int pointer = requireAligned(page, item);
    int oldLength = PageHeader.align(LinePointer.length(pointer));
    int newLength = PageHeader.align(length);
    if (newLength > oldLength + PageHeader.upper(page) - PageHeader.lower(page)) {
      throw new CorruptDataException(
          "no space to make item " + item + " grow from " + oldLength + " to " + newLength);
    }
    int offset = LinePointer.offset(pointer);
    int difference = oldLength - newLength;
    if (difference != 0) {
      shift(page, offset, difference);
    }
    int target = offset + difference;
    PageItems.setPointer(page, item, LinePointer.of(target, LinePointer.flags(pointer), length));
    return target;
  }

  /// The line pointer of an item with storage, inside the item area and aligned.
  private static int requireAligned(ByteBuffer page, int item) throws CorruptDataException {
    int pointer = PageItems.requireStored(page, item, 1);
    int offset = LinePointer.offset(pointer);
    if (offset != PageHeader.align(offset)) {
      throw PageItems.corrupt(item, pointer);
    }
    return pointer;
  }

  /// Moves what lies between `pd_upper` and `end` by `distance` bytes towards the end of the page
  /// (or, if negative, away from it), with the line pointers of the items up to `end` inclusive.
  private static void shift(ByteBuffer page, int end, int distance) {
    int upper = PageHeader.upper(page);
    if (end > upper) {
      page.put(upper + distance, page, upper, end - upper);
    }
    PageHeader.setUpper(page, upper + distance);
    int count = PageItems.count(page);
    for (int item = 1; item <= count; item++) {
      int pointer = PageItems.pointer(page, item);
      int offset = LinePointer.offset(pointer);
      if (LinePointer.hasStorage(pointer) && offset <= end) {
        PageItems.setPointer(page, item, LinePointer.withOffset(pointer, offset + distance));
      }
    }
  }
}
