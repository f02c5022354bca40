package dev.argon.redo.effect;

import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.slru.MultiXactMembers;
import dev.argon.postgres.slru.MultiXactOffsets;
import dev.argon.postgres.slru.SlruSegment;

/// The SLRUs that outlive a server. The order is the number in keys and on the wire (Neon's).
public enum Slru {
  CLOG("pg_xact", CommitLog.TRANSACTIONS_PER_PAGE, 3 + 1),
  MULTIXACT_MEMBERS("pg_multixact/members", MultiXactMembers.PER_PAGE, 0),
  MULTIXACT_OFFSETS("pg_multixact/offsets", MultiXactOffsets.PER_PAGE, 1 + 1);

  private final String directory;
  private final int entriesPerPage;

  /// What PostgreSQL adds to a page's first entry before it compares pages: the first number that
  /// can be an entry, and one more.
  private final int firstEntry;

  Slru(String directory, int entriesPerPage, int firstEntry) {
    this.directory = directory;
    this.entriesPerPage = entriesPerPage;
    this.firstEntry = firstEntry;
  }

  /// Where its segments lie in a data directory.
  public String directory() {
    return directory;
  }

  /// The page of the last entry, 0xFFFFFFFF; page 0 follows it.
  public int lastPage() {
    return Integer.divideUnsigned(-1, entriesPerPage);
  }

  /// The segment of the last entry; segment 0 follows it.
  public int lastSegment() {
    return SlruSegment.ofPage(lastPage());
  }

  /// Whether all of a segment lies before `oldestPage` in circular order, so that
  /// [EffectSink#slruTruncate] removes it (`SlruMayDeleteSegment`).
  public boolean isBefore(int segment, int oldestPage) {
    int firstPage = segment * SlruSegment.PAGES;
    return pagePrecedes(firstPage, oldestPage)
        && pagePrecedes(firstPage + SlruSegment.PAGES - 1, oldestPage);
  }

  // `PagePrecedes` of each SLRU: every entry of the first page is before every one of the second,
  // in 32-bit circular order.
  private boolean pagePrecedes(int page, int other) {
    int entry = page * entriesPerPage + firstEntry;
    int otherEntry = other * entriesPerPage + firstEntry;
    return entry - otherEntry < 0 && entry - (otherEntry + entriesPerPage - 1) < 0;
  }
}
