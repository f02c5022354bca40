package dev.argon.postgres.slru;

import dev.argon.postgres.LittleEndian;

/// The transactions of multixacts (multixact.c): groups of four state bytes and four transaction
/// ids, 409 groups on a page.
public final class MultiXactMembers {

  private static final int PER_GROUP = 4;
  private static final int GROUP_SIZE = 20;
  private static final int GROUPS_PER_PAGE = SlruSegment.PAGE_SIZE / GROUP_SIZE;

  public static final int PER_PAGE = GROUPS_PER_PAGE * PER_GROUP;

  /// The segment that holds the last member offset, 0xFFFFFFFF; segment 0 follows it.
  public static final int LAST_SEGMENT = SlruSegment.ofPage(page(-1));

  private MultiXactMembers() {}

  /// The page of a member offset.
  public static int page(int offset) {
    return Integer.divideUnsigned(offset, PER_PAGE);
  }

  /// Byte offset of a member's state in its page.
  public static int stateOffset(int offset) {
    int group =
        Integer.remainderUnsigned(Integer.divideUnsigned(offset, PER_GROUP), GROUPS_PER_PAGE);
    return group * GROUP_SIZE + (offset & (PER_GROUP - 1));
  }

  /// Byte offset of a member's transaction id in its page.
  public static int transactionOffset(int offset) {
    int inGroup = offset & (PER_GROUP - 1);
    return stateOffset(offset) - inGroup + PER_GROUP + inGroup * Integer.BYTES;
  }

  public static int state(byte[] page, int offset) {
    return LittleEndian.unsignedByte(page, stateOffset(offset));
  }

  public static int transactionId(byte[] page, int offset) {
    return LittleEndian.readInt(page, transactionOffset(offset));
  }

  public static void set(byte[] page, int offset, int transactionId, int state) {
    page[stateOffset(offset)] = (byte) state;
    LittleEndian.writeInt(page, transactionOffset(offset), transactionId);
  }
}
