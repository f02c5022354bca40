package dev.argon.controlplane.metadata;

import dev.argon.node.HostPort;

/// A storage process that has registered.
public record StorageNode(Kind kind, long nodeId, HostPort pgAddress, HostPort httpAddress) {

  /// What it does.
  public enum Kind {
    PAGESERVER("pageserver"),
    SAFEKEEPER("safekeeper");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }

    /// @throws IllegalArgumentException if there is no such kind
    public static Kind parse(String text) {
      for (Kind kind : values()) {
        if (kind.wireName.equals(text)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("kind: pageserver or safekeeper, not " + text);
    }
  }

  /// As errors name it.
  public String label() {
    return kind.wireName() + " " + nodeId + " (" + httpAddress + ")";
  }
}
