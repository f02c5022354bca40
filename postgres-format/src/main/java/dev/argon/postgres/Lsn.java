package dev.argon.postgres;

import org.jspecify.annotations.Nullable;

/// A position in the write-ahead log, in bytes from its beginning (`XLogRecPtr`, xlogdefs.h): an
/// unsigned 64-bit number. Zero is PostgreSQL's `InvalidXLogRecPtr`.
///
/// Hot paths may carry the raw `long`; its name then ends in `Lsn`.
public record Lsn(long value) implements Comparable<Lsn> {

  /// `InvalidXLogRecPtr`: no position.
  public static final Lsn INVALID = new Lsn(0);

  /// The largest position; as a request's LSN it means "newest".
  public static final Lsn MAX = new Lsn(-1L);

  /// Reads PostgreSQL's text form, two hexadecimal numbers `HIGH/LOW`.
  ///
  /// @throws IllegalArgumentException if `text` has another form
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    try {
      if (slash > 0
          && slash <= 8
          && text.length() - slash - 1 <= 8
          && isHex(text, 0, slash)
          && isHex(text, slash + 1, text.length())) {
        long high = Long.parseLong(text, 0, slash, 16);
        long low = Long.parseLong(text, slash + 1, text.length(), 16);
        return new Lsn(high << 32 | low);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not an LSN (like 0/16B3748): " + text, e);
    }
    throw new IllegalArgumentException("not an LSN (like 0/16B3748): " + text);
  }

  private static boolean isHex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (Character.digit(text.charAt(i), 16) < 0) {
        return false;
      }
    }
    return to > from;
  }

  public boolean isValid() {
    return value != 0;
  }

  /// This position moved forward by `bytes`.
  public Lsn plus(long bytes) {
    return new Lsn(value + bytes);
  }

  /// How many bytes this position lies behind `earlier`.
  ///
  /// @throws IllegalArgumentException if it lies before it
  public long bytesAfter(Lsn earlier) {
    if (isBefore(earlier)) {
      throw new IllegalArgumentException(this + " is before " + earlier);
    }
    return value - earlier.value;
  }

  public boolean isBefore(Lsn other) {
    return Long.compareUnsigned(value, other.value) < 0;
  }

  public boolean isAfter(Lsn other) {
    return Long.compareUnsigned(value, other.value) > 0;
  }

  public boolean isAtLeast(Lsn other) {
    return Long.compareUnsigned(value, other.value) >= 0;
  }

  public static Lsn max(Lsn a, Lsn b) {
    return a.isAtLeast(b) ? a : b;
  }

  public static Lsn min(Lsn a, Lsn b) {
    return a.isAtLeast(b) ? b : a;
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  // A record's own equals and hashCode go through method handles, which C1 does not inline:
  // processes that run without C2 would notice for each commit.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Lsn lsn && lsn.value == value;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value);
  }

  /// PostgreSQL's form, `%X/%X`.
  @Override
  public String toString() {
    return toString(value);
  }

  /// The text form of a raw position.
  public static String toString(long lsn) {
    return Long.toHexString(lsn >>> 32).toUpperCase(java.util.Locale.ROOT)
        + '/'
        + Long.toHexString(lsn & 0xFFFFFFFFL).toUpperCase(java.util.Locale.ROOT);
  }
}
