package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The acceptors a [ProposerState] deals with. Each has a number for ever; those that left keep
/// their place, so that a number is never given to another one.
final class AcceptorRoll {

  private final List<AcceptorProgress> all = new ArrayList<>();
  private List<AcceptorProgress> present = List.of();

  AcceptorRoll(List<SafekeeperAddress> addresses) {
    addresses.forEach(this::add);
  }

  AcceptorProgress add(SafekeeperAddress address) {
    AcceptorProgress progress = new AcceptorProgress(all.size(), address);
    all.add(progress);
    sift();
    return progress;
  }

  void remove(AcceptorProgress progress) {
    progress.lost();
    progress.stage = AcceptorProgress.Stage.GONE;
    sift();
  }

  private void sift() {
    present = all.stream().filter(a -> a.stage != AcceptorProgress.Stage.GONE).toList();
  }

  AcceptorProgress of(int number) {
    return all.get(number);
  }

  /// Those that have not left; a snapshot.
  List<AcceptorProgress> present() {
    return present;
  }

  /// Who is known to be `node`.
  Optional<AcceptorProgress> named(NodeId node) {
    for (AcceptorProgress progress : present) {
      if (node.equals(progress.node)) {
        return Optional.of(progress);
      }
    }
    return Optional.empty();
  }

  /// One at this address of whom it is not known yet which node it is.
  Optional<AcceptorProgress> unnamedAt(SafekeeperAddress address) {
    return present.stream()
        .filter(progress -> progress.node == null && progress.address.equals(address))
        .findFirst();
  }

  /// The nodes of those for whom `condition` holds, as far as it is known who they are.
  Set<NodeId> nodes(Predicate<AcceptorProgress> condition) {
    Set<NodeId> nodes = new HashSet<>();
    for (AcceptorProgress progress : present) {
      NodeId node = progress.node;
      if (node != null && condition.test(progress)) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /// What a node has durable, 0/0 if nothing is known.
  Lsn flushLsn(NodeId node) {
    return named(node).map(progress -> progress.flushLsn).orElse(Lsn.INVALID);
  }

  /// Of all but `acceptor` that are being sent to, one that has most of the leader's log.
  Optional<AcceptorProgress> furthestBut(int acceptor) {
    return present.stream()
        .filter(progress -> progress.isActive() && progress.number != acceptor)
        .max(Comparator.comparing(AcceptorProgress::endOfLog));
  }

  /// Whether the logs of all that are being sent to end below `lsn`.
  boolean activeEndBelow(Lsn lsn) {
    return present.stream().noneMatch(a -> a.isActive() && a.endOfLog().isAtLeast(lsn));
  }

  /// Of those that gave their vote, one with the highest (last log term, flush LSN).
  ///
  /// @throws IllegalStateException if nobody has
  AcceptorProgress bestVoter() {
    return present.stream()
        .filter(progress -> progress.granted)
        .max(
            Comparator.comparing((AcceptorProgress voter) -> voter.vote().history().lastTerm())
                .thenComparing(voter -> voter.vote().flushLsn()))
        .orElseThrow(() -> new IllegalStateException("no votes"));
  }
}
