package dev.argon.bench;

/// One redo of all of the WAL.
///
/// @param seconds of the replay alone
/// @param cpuSeconds user and system, of PostgreSQL's startup process, or of Argon's thread that
///   reads the log (which with one thread does everything)
record RedoFigure(double seconds, double cpuSeconds) {}
