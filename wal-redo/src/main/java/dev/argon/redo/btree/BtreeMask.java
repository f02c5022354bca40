package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `btree_mask` (nbtxlog.c): what two b-tree pages may differ in.
public final class BtreeMask {

  private BtreeMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    BtreePage.check(page);
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    PageMask.unusedSpace(page);
    if ((BtreePage.flags(page) & BtreePage.LEAF) != 0) {
      PageMask.linePointerFlags(page);
    }
    BtreePage.clearFlag(page, BtreePage.HAS_GARBAGE | BtreePage.SPLIT_END);
    BtreePage.clearCycleId(page);
  }
}
