package dev.argon.compute.spec;

import dev.argon.postgres.Lsn;

/// What kind of node a compute is.
public sealed interface ComputeMode {

  /// Reads and writes the newest end of its timeline.
  record Primary() implements ComputeMode {}

  /// Reads a timeline as it was at one LSN; writes nothing.
  record Static(Lsn lsn) implements ComputeMode {}

  /// Follows what the primary of its timeline writes; writes nothing itself.
  record Replica() implements ComputeMode {}

  /// The value of the setting `neon.compute_mode`.
  default String settingValue() {
    return switch (this) {
      case Primary() -> "primary";
      case Static(Lsn _) -> "static";
      case Replica() -> "replica";
    };
  }
}
