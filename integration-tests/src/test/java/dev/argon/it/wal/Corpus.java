package dev.argon.it.wal;

import java.nio.file.Path;

/// What a stock server left behind.
///
/// @param base a copy of the data directory that was taken before or during the load
/// @param wal the log from the base on
/// @param data the data directory after a clean stop
record Corpus(Path base, Path wal, Path data) {

  /// As `run-suite` lays it out.
  static Corpus in(Path directory) {
    return new Corpus(
        directory.resolve("base"), directory.resolve("wal"), directory.resolve("data"));
  }
}
