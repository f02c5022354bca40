package dev.argon.pageserver.service;

import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Finds the last LSN at which no transaction had committed after some moment, by the greatest
/// commit time up to each LSN. When the clock of a server was set back, the commits until it caught
/// up count as of the earlier, later time.
final class LsnByTimestamp {

  private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  /// How the moment lies to the commits that are known.
  enum Kind {
    /// There are commits before and after it.
    PRESENT("present"),
    /// No commit is later: the LSN is the end.
    FUTURE("future"),
    /// All commits are later: the LSN is the beginning.
    PAST("past"),
    /// There are no commits.
    NO_DATA("nodata");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    String wireName() {
      return wireName;
    }
  }

  /// A record end and what it means.
  record Found(long lsn, Kind kind) {}

  private LsnByTimestamp() {}

  static Found find(Timeline timeline, Instant moment) throws IOException, CorruptDataException {
    long wanted = Duration.between(POSTGRES_EPOCH, moment).toNanos() / 1000;
    long first = timeline.firstLsn();
    long last = timeline.lastRecordLsn();
    try (ReadSession session = timeline.read()) {
      Optional<Long> greatest = commitTime(session, last);
      if (greatest.isEmpty()) {
        return new Found(last, Kind.NO_DATA);
      }
      if (greatest.get() <= wanted) {
        return new Found(last, Kind.FUTURE);
      }
      // Invariant: at `low` no commit is later than the moment, at `high` one is.
      long low = first;
      long high = last;
      while (high - low > 1) {
        long middle = low + (high - low) / 2;
        Optional<Long> time = commitTime(session, middle);
        if (time.isEmpty() || time.get() <= wanted) {
          low = middle;
        } else {
          high = middle;
        }
      }
      boolean anyBefore = commitTime(session, low).isPresent();
      long end = timeline.recordEndUpTo(low);
      return new Found(end == 0 ? first : end, anyBefore ? Kind.PRESENT : Kind.PAST);
    }
  }

  private static Optional<Long> commitTime(ReadSession session, long lsn)
      throws IOException, CorruptDataException {
    return session
        .value(PageKey.firstOf(PageKey.Kind.COMMIT_TIME), lsn)
        .map(bytes -> ByteBuffer.wrap(bytes).getLong());
  }
}
