package dev.argon.bench;

/// One redo of all of the WAL.
///
/// @param seconds of the replay alone
/// @param cpuSeconds user and system, of the process that replays; of Argon with its JVM's start
record RedoFigure(double seconds, double cpuSeconds) {}
