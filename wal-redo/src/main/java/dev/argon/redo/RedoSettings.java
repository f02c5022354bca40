package dev.argon.redo;

/// What redo must know of the cluster that wrote the WAL.
///
/// @param hintBitsLogged data checksums are on or `wal_log_hints` is (`XLogHintBitIsNeeded`):
///   setting a heap page all-visible then moves its LSN
public record RedoSettings(boolean hintBitsLogged) {}
