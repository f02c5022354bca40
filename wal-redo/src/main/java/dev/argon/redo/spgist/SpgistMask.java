package dev.argon.redo.spgist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `spg_mask` (spgxlog.c): what two SP-GiST pages may differ in.
public final class SpgistMask {

  private SpgistMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    PageHeader.checkSpecial(page, SpgistPage.SPECIAL_SIZE);
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    if (PageHeader.lower(page) >= PageHeader.SIZE) {
      PageMask.unusedSpace(page);
    }
  }
}
