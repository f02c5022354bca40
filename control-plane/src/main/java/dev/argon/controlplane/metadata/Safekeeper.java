package dev.argon.controlplane.metadata;

/// A registered safekeeper and what it is used for.
///
/// @param replacementId who takes its place while it is draining; 0 for whoever has room
/// @param timelines how many timelines it is a member of
public record Safekeeper(
    StorageNode node, SchedulingPolicy policy, long replacementId, int timelines) {

  public long id() {
    return node.nodeId();
  }

  public boolean isActive() {
    return policy == SchedulingPolicy.ACTIVE;
  }
}
