package dev.argon.waltools.replay;

import java.nio.file.Path;
import java.util.OptionalInt;

/// What to replay and how.
///
/// @param untilLsn records that end behind it are not replayed; `Long.MAX_VALUE` for all
/// @param threads 1 or more
/// @param memoryBytes for pages
/// @param timeline to go to; empty for the newest that goes on from the base's
/// @param overlay where pages go that memory has no room for, and where the result is written: an
///   empty directory
/// @param warmUpSeconds how much of the beginning is measured apart
public record ReplayOptions(
    Path base,
    Path wal,
    long untilLsn,
    int threads,
    long memoryBytes,
    OptionalInt timeline,
    Path overlay,
    int warmUpSeconds) {}
