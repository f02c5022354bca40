package dev.argon.redo.gist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// The special space of a GiST page (`GISTPageOpaqueData`, gist.h), 16 bytes: node sequence number
/// as an LSN (high word, low word), right link u32, flags u16, page id u16.
final class GistPage {

  static final int SPECIAL_SIZE = 16;

  /// `GIST_ROOT_BLKNO`.
  static final int ROOT_BLOCK = 0;

  /// `InvalidBlockNumber`.
  static final int NO_BLOCK = -1;

  static final int LEAF = 0x01;
  static final int DELETED = 0x02;

  /// `F_TUPLES_DELETED`: see [GistRedo].
  static final int TUPLES_DELETED = 0x04;

  static final int FOLLOW_RIGHT = 0x08;
  static final int HAS_GARBAGE = 0x10;

  private static final int PAGE_ID = 0xFF81;

  private static final int OPAQUE = PageHeader.PAGE_SIZE - SPECIAL_SIZE;
  private static final int OFFSET_RIGHT = OPAQUE + 8;
  private static final int OFFSET_FLAGS = OPAQUE + 12;
  private static final int OFFSET_PAGE_ID = OPAQUE + 14;

  private GistPage() {}

  static void check(ByteBuffer page) throws CorruptDataException {
    PageHeader.checkSpecial(page, SPECIAL_SIZE);
  }

  static void initialise(ByteBuffer page, int right, int flags) {
    PageHeader.initialise(page, SPECIAL_SIZE);
    page.putInt(OFFSET_RIGHT, right);
    page.putShort(OFFSET_FLAGS, (short) flags);
    page.putShort(OFFSET_PAGE_ID, (short) PAGE_ID);
  }

  static int flags(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_FLAGS));
  }

  static void setFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (flags(page) | flag));
  }

  static void clearFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (flags(page) & ~flag));
  }

  static void setNodeSequenceNumber(ByteBuffer page, long lsn) {
    page.putInt(OPAQUE, (int) (lsn >>> 32));
    page.putInt(OPAQUE + 4, (int) lsn);
  }
}
