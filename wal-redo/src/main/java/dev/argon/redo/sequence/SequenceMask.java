package dev.argon.redo.sequence;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `seq_mask` (sequence.c): what two pages of a sequence may differ in.
public final class SequenceMask {

  private SequenceMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    PageMask.lsnAndChecksum(page);
    PageMask.unusedSpace(page);
  }
}
