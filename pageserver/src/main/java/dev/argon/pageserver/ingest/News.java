package dev.argon.pageserver.ingest;

/// What a source has told of a timeline without being read.
public sealed interface News {

  /// It tells nothing: only reading shows whether there is more.
  record Silent() implements News {}

  /// It has told nothing yet, and may at any moment.
  record Pending() implements News {}

  /// It tells of every change.
  ///
  /// @param commitLsn the end of its committed WAL
  /// @param isWritten whether a proposer is connected to it
  record Told(long commitLsn, boolean isWritten) implements News {}
}
