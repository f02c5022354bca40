package dev.argon.compute;

import dev.argon.postgres.Lsn;

/// How far a replica is.
///
/// @param replayLsn up to here it shows what the primary committed
/// @param receivedLsn up to here it has WAL
record ReplicaProgress(Lsn replayLsn, Lsn receivedLsn) {

  /// The rest of a page may come before the record that ends in it.
  private static final long INCOMPLETE_BYTES_MAX = 8192;

  /// Whether all that it has is applied, but for the beginning of a record.
  boolean isAtEnd() {
    return lagBytes() < INCOMPLETE_BYTES_MAX;
  }

  /// What it has and does not show yet.
  long lagBytes() {
    return Math.max(0, receivedLsn.value() - replayLsn.value());
  }
}
