package dev.argon.bench;

import java.util.Optional;

/// How a load is run.
///
/// @param pairs how often each side is measured, in turns
/// @param sharedBuffers of both servers, as PostgreSQL writes it
/// @param pinning empty: wherever the kernel likes
record BenchOptions(
    Against against,
    int scale,
    int clients,
    int seconds,
    int pairs,
    String sharedBuffers,
    Optional<Pinning> pinning) {

  BenchOptions {
    if (scale < 1 || clients < 1 || seconds < 1 || pairs < 1) {
      throw new IllegalArgumentException("--scale, --clients, --seconds, --pairs: at least 1");
    }
  }
}
