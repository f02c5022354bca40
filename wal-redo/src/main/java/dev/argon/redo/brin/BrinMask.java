package dev.argon.redo.brin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `brin_mask` (brin_xlog.c): what two BRIN pages may differ in.
public final class BrinMask {

  private BrinMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    BrinPage.check(page);
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    int type = BrinPage.type(page);
    boolean meta = type == BrinPage.META && PageHeader.lower(page) > PageHeader.SIZE;
    if (type == BrinPage.REGULAR || meta) {
      PageMask.unusedSpace(page);
    }
    BrinPage.clearFlag(page, BrinPage.EVACUATE);
  }
}
