package dev.argon.compute.eviction;

/// What is to happen with a block that the evictor looked at.
public enum Verdict {
  /// The pageserver can rebuild it.
  DROP,
  /// All zeros: needs no space, and stays known as such.
  ZERO,
  /// A free space or visibility map page whose newest bytes are not in WAL.
  KEEP_MAP,
  /// A sequence that hands out values ahead of WAL.
  KEEP_SEQUENCE,
  /// Written before it is logged: an index build is under way.
  KEEP_LOW_LSN,
  /// A heap page that a running transaction may have changed.
  KEEP_TRANSACTION,
  /// A b-tree page that a running vacuum may come back to.
  KEEP_VACUUM,
  /// Of a replica: the record that was in replay when it was written is not known to be over.
  KEEP_REPLAY,
  /// A shared catalog changed here: logging in needs it, and without a log-in no WAL leaves.
  KEEP_SHARED_CATALOG;

  /// Whether an image in WAL would allow to drop it.
  boolean imageHelps() {
    return this == KEEP_TRANSACTION || this == KEEP_VACUUM;
  }
}
