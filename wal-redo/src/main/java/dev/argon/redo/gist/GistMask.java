package dev.argon.redo.gist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `gist_mask` (gistxlog.c): what two GiST pages may differ in; and the mark for deleted tuples,
/// which some releases of 15 set and others do not (see [GistRedo]).
public final class GistMask {

  private GistMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    GistPage.check(page);
    PageMask.lsnAndChecksum(page);
    PageMask.hintBits(page);
    PageMask.unusedSpace(page);
    GistPage.setNodeSequenceNumber(page, 0);
    GistPage.setFlag(page, GistPage.FOLLOW_RIGHT);
    if ((GistPage.flags(page) & GistPage.LEAF) != 0) {
      PageMask.linePointerFlags(page);
    }
    GistPage.clearFlag(page, GistPage.HAS_GARBAGE | GistPage.TUPLES_DELETED);
  }
}
