package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `heap_mask` (heapam.c): what two heap pages may differ in. Of a visibility map page it leaves
/// nothing, as PostgreSQL's does.
public final class HeapMask {

  private HeapMask() {}

  /// @param block the page's block number
  public static void apply(ByteBuffer page, int block) throws CorruptDataException {
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    PageMask.unusedSpace(page);
    int count = PageItems.count(page);
    for (int item = 1; item <= count; item++) {
      int pointer = PageItems.pointer(page, item);
      int tuple = LinePointer.offset(pointer);
      if (LinePointer.isNormal(pointer)) {
        PageItems.requireNormal(page, item, HeapTuple.HEADER_SIZE);
        maskTuple(page, tuple, block, item);
      }
      if (LinePointer.hasStorage(pointer)) {
        PageItems.requireStored(page, item, 1);
        int length = LinePointer.length(pointer);
        int padding = Math.min(PageHeader.align(length), PageHeader.PAGE_SIZE - tuple) - length;
        PageHeader.zero(page, tuple + length, padding);
      }
    }
  }

  private static void maskTuple(ByteBuffer page, int tuple, int block, int item) {
    int infomask = HeapTuple.infomask(page, tuple);
    boolean frozen = (infomask & HeapTuple.XMIN_FROZEN) == HeapTuple.XMIN_FROZEN;
    int masked =
        frozen ? HeapTuple.XMAX_INVALID | HeapTuple.XMAX_COMMITTED : HeapTuple.VISIBILITY_BITS;
    HeapTuple.setInfomask(page, tuple, infomask & ~masked);
    HeapTuple.setCommand(page, tuple, 0);
    if (HeapTuple.isSpeculative(page, tuple)) {
      HeapTuple.setLink(page, tuple, block, item);
    }
  }
}
