package dev.argon.controlplane.endpoint;

import java.time.Duration;

/// How long to wait before a compute that ended by itself is started again: not at all the first
/// time, then longer and longer, and from the beginning after one that ran for a while.
final class BackOff {

  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration MAX = Duration.ofSeconds(30);
  private static final Duration LONG_RUN = Duration.ofSeconds(60);

  private Duration next = Duration.ZERO;

  /// @param ranFor how long the compute ran that ended now
  /// @return the pause before the next start
  Duration after(Duration ranFor) {
    if (ranFor.compareTo(LONG_RUN) > 0) {
      next = Duration.ZERO;
    }
    Duration pause = next;
    Duration doubled = next.isZero() ? FIRST : next.multipliedBy(2);
    next = doubled.compareTo(MAX) > 0 ? MAX : doubled;
    return pause;
  }

  void reset() {
    next = Duration.ZERO;
  }
}
