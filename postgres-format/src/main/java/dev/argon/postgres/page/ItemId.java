package dev.argon.postgres.page;

/// A line pointer (`ItemIdData`, itemid.h) as the 32-bit number it is: offset in bits 0 to 14,
/// state in 15 and 16, length in 17 to 31.
public final class ItemId {

  public static final int SIZE = 4;

  public static final int UNUSED = 0;
  public static final int NORMAL = 1;
  public static final int REDIRECT = 2;
  public static final int DEAD = 3;

  private ItemId() {}

  public static int of(int offset, int state, int length) {
    return (offset & 0x7FFF) | (state << 15) | (length << 17);
  }

  /// Where the tuple lies in the page; for a redirect the offset number it leads to.
  public static int offset(int itemId) {
    return itemId & 0x7FFF;
  }

  /// [#UNUSED], [#NORMAL], [#REDIRECT] or [#DEAD].
  public static int state(int itemId) {
    return (itemId >>> 15) & 3;
  }

  /// Bytes of the tuple, 0 if it has none.
  public static int length(int itemId) {
    return itemId >>> 17;
  }
}
