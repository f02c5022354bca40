package dev.argon.controlplane.metadata;

import java.util.Locale;

/// What a safekeeper may be used for.
public enum SchedulingPolicy {
  /// It gets new timelines.
  ACTIVE,
  /// Its timelines move to others, it gets no new ones.
  DRAINING,
  /// It has none and never gets one again.
  DECOMMISSIONED;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static SchedulingPolicy parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
