package dev.argon.bench;

/// How a load is run.
///
/// @param pairs how often each side is measured, in turns
record BenchOptions(int scale, int clients, int seconds, int pairs) {

  BenchOptions {
    if (scale < 1 || clients < 1 || seconds < 1 || pairs < 1) {
      throw new IllegalArgumentException("--scale, --clients, --seconds, --pairs: at least 1");
    }
  }
}
