package dev.argon.redo.hash;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `hash_mask` (hash_xlog.c): what two hash pages may differ in.
public final class HashMask {

  private HashMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    HashPage.check(page);
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    PageMask.unusedSpace(page);
    int type = HashPage.flags(page) & HashPage.TYPE_MASK;
    if (type == HashPage.UNUSED_PAGE) {
      PageMask.content(page);
    } else if (type == HashPage.BUCKET_PAGE || type == HashPage.OVERFLOW_PAGE) {
      PageMask.linePointerFlags(page);
    }
    HashPage.clearFlag(page, HashPage.HAS_DEAD_TUPLES);
  }
}
