package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which safekeepers keep a timeline. While members are exchanged a configuration is joint: it has
/// new members as well, and everything needs a majority of both.
///
/// @param generation grows with each change; 0 is "none", as in a proposer's first greeting
/// @param newMembers empty if the configuration is not joint
public record MembershipConfiguration(
    int generation, List<Member> members, List<Member> newMembers) {

  /// No configuration.
  public static final MembershipConfiguration NONE =
      new MembershipConfiguration(0, List.of(), List.of());

  /// @param pgPort of its PostgreSQL protocol
  public record Member(NodeId id, String host, int pgPort) {}

  /// @throws IllegalArgumentException if a node is named twice, or nobody is a member though the
  ///   generation is not 0
  public MembershipConfiguration {
    members = List.copyOf(members);
    newMembers = List.copyOf(newMembers);
    if (generation < 0 || (generation > 0 && members.isEmpty())) {
      throw new IllegalArgumentException(
          "membership generation " + generation + " with " + members);
    }
    if (ids(members).size() != members.size() || ids(newMembers).size() != newMembers.size()) {
      throw new IllegalArgumentException("a node is named twice: " + members + ' ' + newMembers);
    }
  }

  private static Set<NodeId> ids(List<Member> members) {
    Set<NodeId> ids = new java.util.HashSet<>();
    members.forEach(member -> ids.add(member.id()));
    return ids;
  }

  public boolean contains(NodeId node) {
    return ids(members).contains(node) || ids(newMembers).contains(node);
  }

  /// Whether `nodes` hold a majority of the members (of both sets if the configuration is joint).
  public boolean isQuorum(Set<NodeId> nodes) {
    return isMajority(members, nodes) && (newMembers.isEmpty() || isMajority(newMembers, nodes));
  }

  private static boolean isMajority(List<Member> set, Set<NodeId> nodes) {
    long present = set.stream().filter(member -> nodes.contains(member.id())).count();
    return present >= set.size() / 2 + 1;
  }

  /// The highest position that a quorum has reached.
  ///
  /// @param positions of each node; a node that is missing has reached nothing
  public Lsn reachedByQuorum(Map<NodeId, Lsn> positions) {
    Lsn reached = reachedByMajority(members, positions);
    return newMembers.isEmpty()
        ? reached
        : Lsn.min(reached, reachedByMajority(newMembers, positions));
  }

  private static Lsn reachedByMajority(List<Member> set, Map<NodeId, Lsn> positions) {
    List<Lsn> ascending = new ArrayList<>();
    set.forEach(member -> ascending.add(positions.getOrDefault(member.id(), Lsn.INVALID)));
    ascending.sort(null);
    int majority = set.size() / 2 + 1;
    return ascending.get(set.size() - majority);
  }
}
