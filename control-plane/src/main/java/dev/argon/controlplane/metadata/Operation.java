package dev.argon.controlplane.metadata;

import java.util.Locale;

/// One thing that was asked for and takes more than a moment.
///
/// @param branchId or empty
/// @param endpointId or empty
/// @param action Neon's names: `create_timeline`, `delete_timeline`, `start_compute`, ...
/// @param error why it failed, or empty
public record Operation(
    String id,
    String projectId,
    String branchId,
    String endpointId,
    String action,
    Status status,
    String error,
    String createdAt,
    String updatedAt) {

  /// How far it is.
  public enum Status {
    RUNNING,
    FINISHED,
    FAILED;

    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Status parse(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }
}
