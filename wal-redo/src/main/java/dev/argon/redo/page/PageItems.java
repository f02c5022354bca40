package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;

/// The items of a page, found through their line pointers, and the adding of one
/// (`PageAddItemExtended`, bufpage.c). Item numbers count from 1.
///
/// The caller has checked the header ([PageHeader#check]) or initialised the page.
public final class PageItems {

  /// `MaxHeapTuplesPerPage`: (8192 - 24) / (aligned tuple header 24 + line pointer 4).
  public static final int HEAP_ITEMS_MAX = 291;

  private PageItems() {}

  /// `PageGetMaxOffsetNumber`: how many line pointers the page has.
  public static int count(ByteBuffer page) {
    int lower = PageHeader.lower(page);
    return lower <= PageHeader.SIZE ? 0 : (lower - PageHeader.SIZE) / LinePointer.SIZE;
  }

  /// Where the line pointer of an item lies.
  public static int position(int item) {
    return PageHeader.SIZE + (item - 1) * LinePointer.SIZE;
  }

  /// The line pointer of an item that is known to exist.
  public static int pointer(ByteBuffer page, int item) {
    return page.getInt(position(item));
  }

  public static void setPointer(ByteBuffer page, int item, int pointer) {
    page.putInt(position(item), pointer);
  }

  /// The line pointer of an item that may not exist.
  public static int requirePointer(ByteBuffer page, int item) throws CorruptDataException {
    if (item < 1 || item > count(page)) {
      throw new CorruptDataException("item " + item + " of a page with " + count(page));
    }
    return pointer(page, item);
  }

  /// The line pointer of an item whose bytes lie on the page, at least `lengthMin` of them.
  public static int requireStored(ByteBuffer page, int item, int lengthMin)
      throws CorruptDataException {
    int pointer = requirePointer(page, item);
    int offset = LinePointer.offset(pointer);
    int length = LinePointer.length(pointer);
    if (length < lengthMin
        || length == 0
        || offset < PageHeader.upper(page)
        || offset + length > PageHeader.special(page)) {
      throw corrupt(item, pointer);
    }
    return pointer;
  }

  /// As [#requireStored], and the item is in use and neither dead nor redirected.
  public static int requireNormal(ByteBuffer page, int item, int lengthMin)
      throws CorruptDataException {
    int pointer = requireStored(page, item, lengthMin);
    if (!LinePointer.isNormal(pointer)) {
      throw corrupt(item, pointer);
    }
    return pointer;
  }

  static CorruptDataException corrupt(int item, int pointer) {
    return new CorruptDataException(
        "line pointer of item "
            + item
            + ": offset "
            + LinePointer.offset(pointer)
            + ", flags "
            + LinePointer.flags(pointer)
            + ", length "
            + LinePointer.length(pointer));
  }

  /// Adds an index item of `length` bytes as number `item`; those from `item` on move up by one.
  ///
  /// @return where on the page the caller must put the item's bytes
  public static int insert(ByteBuffer page, int item, int length) throws CorruptDataException {
    PageHeader.check(page);
    int count = count(page);
    requireSlot(item, count, length);
    int upper = allocate(page, length, PageHeader.lower(page) + LinePointer.SIZE);
    int position = position(item);
    if (item <= count) {
      page.put(position + LinePointer.SIZE, page, position, (count + 1 - item) * LinePointer.SIZE);
    }
    page.putInt(position, LinePointer.of(upper, LinePointer.NORMAL, length));
    return upper;
  }

  /// Adds an item of `length` bytes as number `item`, which is unused or the next after the last
  /// (`PAI_OVERWRITE`).
  ///
  /// @return where on the page the caller must put the item's bytes
  public static int occupy(ByteBuffer page, int item, int length) throws CorruptDataException {
    PageHeader.check(page);
    int count = count(page);
    requireSlot(item, count, length);
    int lower = PageHeader.lower(page);
    if (item <= count) {
      int pointer = pointer(page, item);
      if (LinePointer.isUsed(pointer) || LinePointer.hasStorage(pointer)) {
        throw new CorruptDataException("item " + item + " is in use already");
      }
    } else {
      lower += LinePointer.SIZE;
    }
    int upper = allocate(page, length, lower);
    page.putInt(position(item), LinePointer.of(upper, LinePointer.NORMAL, length));
    return upper;
  }

  /// As [#occupy] on a heap page, which has at most [#HEAP_ITEMS_MAX] items.
  public static int occupyHeap(ByteBuffer page, int item, int length) throws CorruptDataException {
    if (item > HEAP_ITEMS_MAX) {
      throw new CorruptDataException("item " + item + " of a heap page");
    }
    return occupy(page, item, length);
  }

  private static void requireSlot(int item, int count, int length) throws CorruptDataException {
    if (item < 1 || item > count + 1) {
      throw new CorruptDataException("new item " + item + " of a page with " + count);
    }
    if (length < 0 || length > PageHeader.PAGE_SIZE) {
      throw new CorruptDataException("new item of " + length + " bytes");
    }
  }

  private static int allocate(ByteBuffer page, int length, int lower) throws CorruptDataException {
    int upper = PageHeader.upper(page) - PageHeader.align(length);
    if (lower > upper) {
      throw new CorruptDataException(
          "no space for an item of "
              + length
              + " bytes between "
              + PageHeader.lower(page)
              + " and "
              + PageHeader.upper(page));
    }
    PageHeader.setLower(page, lower);
    PageHeader.setUpper(page, upper);
    return upper;
  }
}
