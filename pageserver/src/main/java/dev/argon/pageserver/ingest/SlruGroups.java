package dev.argon.pageserver.ingest;

import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.slru.MultiXactOffsets;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.redo.effect.Slru;

/// Numbers and orders of the SLRUs.
public final class SlruGroups {

  private SlruGroups() {}

  /// The SLRU's number in keys and on the wire.
  public static int number(Slru slru) {
    return switch (slru) {
      case CLOG -> 0;
      case MULTIXACT_MEMBERS -> 1;
      case MULTIXACT_OFFSETS -> 2;
    };
  }

  /// Whether a whole segment lies before a page, as `SlruMayDeleteSegment` (slru.c) sees it: both
  /// its first and its last page do.
  static boolean liesBefore(Slru slru, int segment, int page) {
    int first = segment * SlruSegment.PAGES;
    return pageBefore(slru, first, page) && pageBefore(slru, first + SlruSegment.PAGES - 1, page);
  }

  /// `CLOGPagePrecedes`, `MultiXactOffsetPagePrecedes`: by the first id that a page really has, and
  /// in all of the other page, on a circle of 2^32.
  private static boolean pageBefore(Slru slru, int page, int other) {
    if (slru == Slru.MULTIXACT_MEMBERS) {
      return page - other < 0;
    }
    boolean transactions = slru == Slru.CLOG;
    int perPage = transactions ? CommitLog.TRANSACTIONS_PER_PAGE : MultiXactOffsets.PER_PAGE;
    int firstId = transactions ? 3 + 1 : MultiXactOffsets.FIRST + 1;
    int id = page * perPage + firstId;
    int otherId = other * perPage + firstId;
    return id - otherId < 0 && id - (otherId + perPage - 1) < 0;
  }

  /// Whether a segment is among those from `first` up to and without `end`, counting upwards with a
  /// wrap after the last.
  static boolean isBetween(int segment, int first, int end) {
    return Integer.compareUnsigned(first, end) <= 0
        ? Integer.compareUnsigned(segment, first) >= 0 && Integer.compareUnsigned(segment, end) < 0
        : Integer.compareUnsigned(segment, first) >= 0 || Integer.compareUnsigned(segment, end) < 0;
  }
}
