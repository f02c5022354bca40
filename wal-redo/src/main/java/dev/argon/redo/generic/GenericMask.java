package dev.argon.redo.generic;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageMask;
import java.nio.ByteBuffer;

/// `generic_mask` (generic_xlog.c): what two pages under generic records may differ in.
public final class GenericMask {

  private GenericMask() {}

  public static void apply(ByteBuffer page) throws CorruptDataException {
    PageMask.lsnAndChecksum(page);
    PageMask.unusedSpace(page);
  }
}
