package dev.argon.controlplane.metadata;

import java.util.Map;

/// An endpoint: one compute's place and settings, whether it runs or not.
///
/// @param staticLsn the LSN it shows for ever; empty for one that writes, and for a read-only one
///   that follows its branch
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

  /// What its compute is.
  public enum Role {
    /// Writes the branch.
    PRIMARY,
    /// Follows what is written to the branch.
    REPLICA,
    /// Shows one LSN for ever.
    STATIC
  }

  public Role role() {
    return switch (type) {
      case READ_WRITE -> Role.PRIMARY;
      case READ_ONLY -> staticLsn.isEmpty() ? Role.REPLICA : Role.STATIC;
    };
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
