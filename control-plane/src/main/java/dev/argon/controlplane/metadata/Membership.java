package dev.argon.controlplane.metadata;

import dev.argon.identity.NodeId;
import dev.argon.quorum.MembershipConfiguration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which safekeepers keep a branch's timeline, and who has been told so.
///
/// @param configuration as all parts of the system are told; joint while members are exchanged
/// @param created members that have confirmed to hold the timeline
/// @param told members that have confirmed this generation
/// @param pageserverTold whether the pageserver has confirmed this generation
/// @param computesTold whether every compute that ran with an older one has confirmed this
/// @param leaving nodes that are no members any more and may still hold the timeline
public record Membership(
    String branchId,
    MembershipConfiguration configuration,
    Set<NodeId> created,
    Set<NodeId> told,
    boolean pageserverTold,
    boolean computesTold,
    Set<NodeId> leaving) {

  public Membership {
    created = Set.copyOf(created);
    told = Set.copyOf(told);
    leaving = Set.copyOf(leaving);
  }

  public int generation() {
    return configuration.generation();
  }

  /// Whether a change is under way.
  public boolean isJoint() {
    return configuration.isJoint();
  }

  /// Old and new members, each once, in the order of their ids.
  public List<NodeId> nodes() {
    return ids(configuration.all()).stream()
        .sorted(Comparator.comparingLong(NodeId::value))
        .toList();
  }

  /// The members of one set, by their ids.
  public static List<NodeId> ids(List<MembershipConfiguration.Member> members) {
    return members.stream().map(MembershipConfiguration.Member::id).toList();
  }

  /// New members that are no old ones.
  public List<NodeId> joining() {
    List<NodeId> old = ids(configuration.members());
    return ids(configuration.newMembers()).stream().filter(id -> !old.contains(id)).toList();
  }

  /// Whether nothing is left to be done.
  public boolean isSettled() {
    return !isJoint()
        && told.containsAll(new HashSet<>(nodes()))
        && pageserverTold
        && computesTold
        && leaving.isEmpty();
  }
}
