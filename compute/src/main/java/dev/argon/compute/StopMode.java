package dev.argon.compute;

import java.util.Locale;
import java.util.Optional;

/// How PostgreSQL is stopped.
enum StopMode {
  /// Sessions end, a shutdown checkpoint is written and committed by the quorum.
  FAST,
  /// At once; the next start makes the checkpoint.
  IMMEDIATE;

  static Optional<StopMode> parse(String text) {
    for (StopMode mode : values()) {
      if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}
