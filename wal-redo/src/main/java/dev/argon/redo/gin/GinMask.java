package dev.argon.redo.gin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `gin_mask` (ginxlog.c): what two GIN pages may differ in.
public final class GinMask {

  private GinMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    PageHeader.checkSpecial(page, GinPage.SPECIAL_SIZE);
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    if ((GinPage.flags(page) & GinPage.DELETED) != 0) {
      PageMask.content(page);
    } else if (PageHeader.lower(page) > PageHeader.SIZE) {
      PageMask.unusedSpace(page);
    }
  }
}
