package dev.argon.safekeeper.peer;

import dev.argon.identity.NodeId;
import dev.argon.quorum.MembershipConfiguration.Member;
import dev.argon.safekeeper.timeline.Timeline;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Where the other safekeepers are: as the newest membership says in which one is named. For any
/// number of threads.
final class PeerAddresses {

  /// @param generation of the membership that named it
  private record Known(int generation, String host, int pgPort) {}

  private final NodeId self;
  private final Map<NodeId, Known> known = new ConcurrentHashMap<>();

  PeerAddresses(NodeId self) {
    this.self = self;
  }

  /// Takes over the addresses of a timeline's members.
  void learn(Timeline timeline) {
    var membership = timeline.state().control().membership();
    for (Member member : membership.all()) {
      if (!member.id().equals(self)) {
        Known named = new Known(membership.generation(), member.host(), member.pgPort());
        known.merge(
            member.id(), named, (old, given) -> given.generation >= old.generation ? given : old);
      }
    }
  }

  Iterable<NodeId> nodes() {
    return known.keySet();
  }

  /// The address of the PostgreSQL protocol.
  Optional<InetSocketAddress> of(NodeId node) {
    return Optional.ofNullable(known.get(node))
        .map(address -> new InetSocketAddress(address.host(), address.pgPort()));
  }
}
