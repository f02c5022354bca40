package dev.argon.postgres.slru;

import dev.argon.postgres.LittleEndian;

/// When transactions committed and where they came from (commit_ts.c), if `track_commit_timestamp`
/// is on: a time and a replication origin each, unaligned.
public final class CommitTimestamps {

  /// Where their segments lie in a data directory.
  public static final String DIRECTORY = "pg_commit_ts";

  private static final int ENTRY_SIZE = 10;

  public static final int PER_PAGE = SlruSegment.PAGE_SIZE / ENTRY_SIZE;

  private CommitTimestamps() {}

  public static int page(int transactionId) {
    return Integer.divideUnsigned(transactionId, PER_PAGE);
  }

  /// @param timestampMicros since 2000-01-01 UTC
  public static void set(byte[] page, int transactionId, long timestampMicros, int originId) {
    int offset = Integer.remainderUnsigned(transactionId, PER_PAGE) * ENTRY_SIZE;
    LittleEndian.writeLong(page, offset, timestampMicros);
    LittleEndian.writeShort(page, offset + Long.BYTES, originId);
  }

  /// Whether all of a segment lies before the page, so that truncation removes it.
  public static boolean isBefore(int segment, int oldestPage) {
    int firstPage = segment * SlruSegment.PAGES;
    return precedes(firstPage, oldestPage)
        && precedes(firstPage + SlruSegment.PAGES - 1, oldestPage);
  }

  // CommitTsPagePrecedes: from the first normal transaction on, and one more.
  private static boolean precedes(int page, int other) {
    int entry = page * PER_PAGE + 3 + 1;
    int otherEntry = other * PER_PAGE + 3 + 1;
    return entry - otherEntry < 0 && entry - (otherEntry + PER_PAGE - 1) < 0;
  }
}
