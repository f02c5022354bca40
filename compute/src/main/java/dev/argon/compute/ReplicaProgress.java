package dev.argon.compute;

import dev.argon.postgres.Lsn;

/// How far a replica is.
///
/// @param replayLsn up to here it shows what the primary committed
/// @param receivedLsn up to here it has WAL
record ReplicaProgress(Lsn replayLsn, Lsn receivedLsn) {

  /// What it has and does not show yet.
  long lagBytes() {
    return Math.max(0, receivedLsn.value() - replayLsn.value());
  }
}
