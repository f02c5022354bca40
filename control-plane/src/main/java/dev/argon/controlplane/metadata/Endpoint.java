package dev.argon.controlplane.metadata;

import java.util.Map;

/// An endpoint: one compute's place and settings, whether it runs or not.
///
/// @param staticLsn the LSN it shows for ever, for a read-only one; else empty
/// @param wanted whether its owner wants it to run
/// @param startNumber the number of its newest start directory; 0 before the first start
/// @param settings PostgreSQL settings, checked
public record Endpoint(
    String id,
    String projectId,
    String branchId,
    String name,
    Type type,
    String staticLsn,
    int pgPort,
    int httpPort,
    boolean wanted,
    long startNumber,
    Map<String, String> settings,
    String createdAt,
    String updatedAt) {

  public Endpoint {
    settings = Map.copyOf(settings);
  }

  /// What its sessions may do.
  public enum Type {
    READ_WRITE("read_write"),
    READ_ONLY("read_only");

    private final String wireName;

    Type(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }

    /// @throws IllegalArgumentException if there is no such type
    public static Type parse(String text) {
      for (Type type : values()) {
        if (type.wireName.equals(text)) {
          return type;
        }
      }
      throw new IllegalArgumentException("type: read_write or read_only, not " + text);
    }
  }
}
