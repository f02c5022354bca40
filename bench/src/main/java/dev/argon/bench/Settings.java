package dev.argon.bench;

import java.util.Map;

/// What both servers run with. Everything else is the version's default.
record Settings(Map<String, String> values) {

  Settings {
    values = Map.copyOf(values);
  }

  /// @param sharedBuffers as PostgreSQL writes it
  static Settings standard(String sharedBuffers) {
    return new Settings(
        Map.of(
            "shared_buffers", sharedBuffers,
            "max_connections", "100",
            "max_wal_size", "4GB",
            "checkpoint_timeout", "30min"));
  }
}
