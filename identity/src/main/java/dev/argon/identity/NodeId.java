package dev.argon.identity;

/// Identifies one storage process (a safekeeper or a pageserver) for as long as its disk lives. A
/// node that lost its disk comes back under a new id, or not at all.
public record NodeId(long value) {

  public NodeId {
    if (value <= 0) {
      throw new IllegalArgumentException("a node id is a positive number: " + value);
    }
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
