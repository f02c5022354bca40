package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;

/// What two pages may differ in although the same WAL made them (bufmask.c): both are masked the
/// same way and then compared byte by byte. Each access method's mask is made of these.
public final class PageMask {

  private PageMask() {}

  /// `mask_page_lsn_and_checksum`.
  public static void lsnAndChecksum(ByteBuffer page) {
    PageHeader.setLsn(page, 0);
    PageHeader.setChecksum(page, 0);
  }

  /// `mask_page_hint_bits`, with `PD_ALL_VISIBLE`.
  public static void hintBits(ByteBuffer page) {
    PageHeader.setPruneTransaction(page, 0);
    PageHeader.clearFlag(
        page, PageHeader.PAGE_FULL | PageHeader.HAS_FREE_LINES | PageHeader.ALL_VISIBLE);
  }

  /// `mask_unused_space`: between line pointers and items.
  public static void unusedSpace(ByteBuffer page) throws CorruptDataException {
    PageHeader.check(page);
    int lower = PageHeader.lower(page);
    PageHeader.zero(page, lower, PageHeader.upper(page) - lower);
  }

  /// `mask_lp_flags`; the header has been checked.
  public static void linePointerFlags(ByteBuffer page) {
    int count = PageItems.count(page);
    for (int item = 1; item <= count; item++) {
      PageItems.setPointer(
          page, item, LinePointer.withFlags(PageItems.pointer(page, item), LinePointer.UNUSED));
    }
  }

  /// `mask_page_content`: everything but the header, and its lower and upper boundary.
  public static void content(ByteBuffer page) {
    PageHeader.zero(page, PageHeader.SIZE, PageHeader.PAGE_SIZE - PageHeader.SIZE);
    PageHeader.setLower(page, 0);
    PageHeader.setUpper(page, 0);
  }
}
