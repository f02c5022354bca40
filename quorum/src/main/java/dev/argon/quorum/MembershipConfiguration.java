package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

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
  public record Member(NodeId id, String host, int pgPort) {

    public SafekeeperAddress address() {
      return new SafekeeperAddress(host, pgPort);
    }
  }

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
    Set<NodeId> ids = new HashSet<>();
    members.forEach(member -> ids.add(member.id()));
    return ids;
  }

  public boolean contains(NodeId node) {
    return isIn(members, node) || isIn(newMembers, node);
  }

  /// Asked for each append: a stream would cost more than all else there.
  private static boolean isIn(List<Member> set, NodeId node) {
    for (Member member : set) {
      if (member.id().value() == node.value()) {
        return true;
      }
    }
    return false;
  }

  /// Old and new members, each node once.
  public List<Member> all() {
    List<Member> all = new ArrayList<>(members);
    for (Member member : newMembers) {
      if (!isIn(members, member.id())) {
        all.add(member);
      }
    }
    return all;
  }

  /// Whether it is the same generation with the same nodes, wherever they live.
  public boolean isSameAs(MembershipConfiguration other) {
    return generation == other.generation
        && ids(members).equals(ids(other.members))
        && ids(newMembers).equals(ids(other.newMembers));
  }

  /// Whether members are being exchanged.
  public boolean isJoint() {
    return !newMembers.isEmpty();
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
  /// @param positions of each node; [Lsn#INVALID] for one that has reached nothing
  public Lsn reachedByQuorum(Function<NodeId, Lsn> positions) {
    Lsn reached = reachedByMajority(members, positions);
    return newMembers.isEmpty()
        ? reached
        : Lsn.min(reached, reachedByMajority(newMembers, positions));
  }

  private static Lsn reachedByMajority(List<Member> set, Function<NodeId, Lsn> positions) {
    Lsn[] ascending = new Lsn[set.size()];
    for (int i = 0; i < ascending.length; i++) {
      ascending[i] = positions.apply(set.get(i).id());
    }
    Arrays.sort(ascending);
    int majority = ascending.length / 2 + 1;
    return ascending[ascending.length - majority];
  }

  /// The lowest position of all members, old and new.
  public Lsn reachedByAll(Function<NodeId, Lsn> positions) {
    Lsn reached = Lsn.MAX;
    for (Member member : all()) {
      reached = Lsn.min(reached, positions.apply(member.id()));
    }
    return reached;
  }
}
