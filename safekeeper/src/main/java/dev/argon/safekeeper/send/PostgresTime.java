package dev.argon.safekeeper.send;

import java.time.Clock;
import java.time.Instant;

/// Time as PostgreSQL's protocols carry it: microseconds since 2000-01-01 UTC.
final class PostgresTime {

  private static final long EPOCH_SECONDS = 946_684_800;

  private PostgresTime() {}

  static long nowMicros(Clock clock) {
    Instant now = clock.instant();
    return (now.getEpochSecond() - EPOCH_SECONDS) * 1_000_000 + now.getNano() / 1_000;
  }
}
