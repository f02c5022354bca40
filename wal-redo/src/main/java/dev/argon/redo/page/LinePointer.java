package dev.argon.redo.page;

/// A line pointer (`ItemIdData`, itemid.h) as the `int` it is on the page: 15 bits offset, 2 bits
/// flags, 15 bits length, from the lowest bit up.
public final class LinePointer {

  /// Bytes of one line pointer.
  public static final int SIZE = 4;

  /// `LP_UNUSED`: free for immediate use; the whole pointer is zero.
  public static final int UNUSED = 0;

  /// `LP_NORMAL`.
  public static final int NORMAL = 1;

  /// `LP_REDIRECT`: the offset is another item's number, the length is zero.
  public static final int REDIRECT = 2;

  /// `LP_DEAD`, with or without storage.
  public static final int DEAD = 3;

  private static final int FLAGS_SHIFT = 15;
  private static final int LENGTH_SHIFT = 17;
  private static final int FIELD_MASK = 0x7FFF;

  private LinePointer() {}

  public static int of(int offset, int flags, int length) {
    return (offset & FIELD_MASK) | (flags << FLAGS_SHIFT) | (length << LENGTH_SHIFT);
  }

  public static int offset(int pointer) {
    return pointer & FIELD_MASK;
  }

  public static int flags(int pointer) {
    return pointer >>> FLAGS_SHIFT & 3;
  }

  public static int length(int pointer) {
    return pointer >>> LENGTH_SHIFT;
  }

  public static int withOffset(int pointer, int offset) {
    return (pointer & ~FIELD_MASK) | (offset & FIELD_MASK);
  }

  public static int withFlags(int pointer, int flags) {
    return (pointer & ~(3 << FLAGS_SHIFT)) | (flags << FLAGS_SHIFT);
  }

  public static boolean isUsed(int pointer) {
    return flags(pointer) != UNUSED;
  }

  public static boolean isNormal(int pointer) {
    return flags(pointer) == NORMAL;
  }

  public static boolean hasStorage(int pointer) {
    return length(pointer) != 0;
  }
}
