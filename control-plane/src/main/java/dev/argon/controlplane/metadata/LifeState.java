package dev.argon.controlplane.metadata;

import java.util.Locale;

/// Where a project or branch is between the first request to make it and the last to delete it.
public enum LifeState {
  /// Being made; nobody but the operation that makes it may use it.
  INIT,
  READY,
  /// Being deleted; may be gone in parts.
  DELETING;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static LifeState parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
