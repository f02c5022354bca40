package dev.argon.redo.page;

import java.nio.ByteBuffer;

/// Copies of a few bytes from page to page: a bulk copy between two buffers takes longer to begin
/// than an item of an index takes to move.
public final class PageBytes {

  private static final int BULK_MIN = 64;

  private PageBytes() {}

  /// As `target.put(to, source, from, length)`. The two places must not overlap.
  public static void copy(ByteBuffer target, int to, ByteBuffer source, int from, int length) {
    if (length >= BULK_MIN) {
      target.put(to, source, from, length);
      return;
    }
    int at = 0;
    for (; at + Long.BYTES <= length; at += Long.BYTES) {
      target.putLong(to + at, source.getLong(from + at));
    }
    for (; at + Short.BYTES <= length; at += Short.BYTES) {
      target.putShort(to + at, source.getShort(from + at));
    }
    if (at < length) {
      target.put(to + at, source.get(from + at));
    }
  }
}
