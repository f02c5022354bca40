package dev.argon.postgres.slru;

import dev.argon.postgres.LittleEndian;

/// Where each multixact's members begin (multixact.c): one unsigned offset per multixact id. A
/// multixact's members end where the next one's begin.
public final class MultiXactOffsets {

  /// `FirstMultiXactId`: 0 is none.
  public static final int FIRST = 1;

  public static final int PER_PAGE = SlruSegment.PAGE_SIZE / Integer.BYTES;

  private MultiXactOffsets() {}

  public static int page(int multi) {
    return Integer.divideUnsigned(multi, PER_PAGE);
  }

  /// Byte offset of the entry in its page.
  public static int offsetInPage(int multi) {
    return (multi & (PER_PAGE - 1)) * Integer.BYTES;
  }

  /// The multixact after this one: 0 is left out.
  public static int next(int multi) {
    return multi + 1 == 0 ? FIRST : multi + 1;
  }

  /// Where the members of the next multixact begin; offset 0 is left out because it means "not
  /// set".
  public static int nextOffset(int offset, int memberCount) {
    int next = offset + memberCount;
    return next == 0 ? 1 : next;
  }

  public static int offset(byte[] page, int multi) {
    return LittleEndian.readInt(page, offsetInPage(multi));
  }
}
