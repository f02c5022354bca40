package dev.argon.compute;

import dev.argon.compute.postgres.Postmaster;
import dev.argon.compute.postgres.SocketDirectory;
import dev.argon.compute.proposer.ProposerProgress;
import dev.argon.compute.proposer.WalProposer;
import dev.argon.quorum.MembershipConfiguration;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// What a start has made so far. The start fills it in, whoever ends the compute closes it: also
/// what a failed start got to.
final class ComputeParts {

  private static final Logger LOG = System.getLogger(ComputeParts.class.getName());

  /// Guards the two fields below.
  private final ReentrantLock membershipLock = new ReentrantLock();

  /// The newest that was told, also before there was anybody to tell.
  private Optional<MembershipConfiguration> membership = Optional.empty();

  private volatile Optional<WalProposer> proposer = Optional.empty();
  private volatile Optional<Upstream> upstream = Optional.empty();
  private volatile Optional<UpstreamWatch> watch = Optional.empty();
  private volatile Optional<ServerPages> pages = Optional.empty();
  private volatile Optional<SocketDirectory> sockets = Optional.empty();
  private volatile Optional<Postmaster> postmaster = Optional.empty();

  /// The shared memory is, or is about to be, unmapped.
  private volatile boolean closed;

  void proposer(WalProposer made) {
    membershipLock.lock();
    try {
      proposer = Optional.of(made);
      membership.ifPresent(made::membership);
    } finally {
      membershipLock.unlock();
    }
  }

  /// Takes over who the safekeepers are, unless something newer is known.
  void membership(MembershipConfiguration told) {
    membershipLock.lock();
    try {
      if (membership.isEmpty() || membership.get().generation() < told.generation()) {
        membership = Optional.of(told);
        proposer.ifPresent(made -> made.membership(told));
        upstream.ifPresent(made -> made.membership(told));
      }
    } finally {
      membershipLock.unlock();
    }
  }

  void upstream(Upstream made) {
    membershipLock.lock();
    try {
      upstream = Optional.of(made);
      membership.ifPresent(made::membership);
    } finally {
      membershipLock.unlock();
    }
  }

  void watch(UpstreamWatch made) {
    watch = Optional.of(made);
  }

  void pages(ServerPages made) {
    pages = Optional.of(made);
  }

  void sockets(SocketDirectory made) {
    sockets = Optional.of(made);
  }

  void postmaster(Postmaster made) {
    postmaster = Optional.of(made);
  }

  Optional<WalProposer> proposer() {
    return proposer;
  }

  /// Of a replica.
  Optional<Upstream> upstream() {
    return upstream;
  }

  Optional<ServerPages> pages() {
    return pages;
  }

  Optional<SocketDirectory> sockets() {
    return sockets;
  }

  Optional<Postmaster> postmaster() {
    return postmaster;
  }

  Optional<ProposerProgress> progress() {
    return proposer.map(WalProposer::progress);
  }

  Optional<ReplicaProgress> replicaProgress() {
    return closed ? Optional.empty() : pages.flatMap(ServerPages::replicaProgress);
  }

  List<String> pageReasons() {
    return closed ? List.of() : pages.map(ServerPages::reasons).orElse(List.of());
  }

  Map<String, Long> pageCounters() {
    return closed ? Map.of() : pages.map(ServerPages::counters).orElse(Map.of());
  }

  CacheNumbers cacheNumbers() {
    return closed
        ? CacheNumbers.NONE
        : pages.map(ServerPages::cacheNumbers).orElse(CacheNumbers.NONE);
  }

  /// Closes everything but the postmaster, which has ended: pages last, they serve it to its end.
  void close() {
    closed = true;
    watch.ifPresent(UpstreamWatch::close);
    proposer.ifPresent(WalProposer::close);
    pages.ifPresent(made -> closing("the page cache", made));
    sockets.ifPresent(made -> closing("the socket directory", made));
  }

  private static void closing(String what, AutoCloseable part) {
    try {
      part.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.log(Level.WARNING, "closing " + what, e);
    }
  }
}
