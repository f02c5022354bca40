package dev.argon.compute;

import dev.argon.node.HostPort;
import dev.argon.postgres.Lsn;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Sees to it that a replica does not read from a safekeeper that the primary has lost: PostgreSQL
/// changes its source only when that is gone. When no WAL comes, the others are asked, ever more
/// rarely; one that has had more for some time is read from instead. The same holds for a replica
/// that is starting and has nothing to begin with.
final class UpstreamWatch implements AutoCloseable {

  private static final Logger LOG = System.getLogger(UpstreamWatch.class.getName());

  private static final long PAUSE_MILLIS_MIN = 1_000;
  private static final long PAUSE_MILLIS_MAX = 30_000;

  private final SafekeeperPositions positions;
  private final Upstream upstream;
  private final Supplier<Optional<ReplicaProgress>> progress;
  private final Predicate<HostPort> change;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /// @param progress empty as long as replay has not begun
  /// @param change makes PostgreSQL begin with this one; whether it was told
  UpstreamWatch(
      SafekeeperPositions positions,
      Upstream upstream,
      Supplier<Optional<ReplicaProgress>> progress,
      Predicate<HostPort> change) {
    this.positions = positions;
    this.upstream = upstream;
    this.progress = progress;
    this.change = change;
    thread = Thread.ofVirtual().name("upstream-watch").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      Optional<Lsn> before = progress.get().map(UpstreamWatch::known);
      boolean suspected = false;
      long calm = PAUSE_MILLIS_MIN;
      long pause = calm;
      while (!closed.await(pause, TimeUnit.MILLISECONDS)) {
        Optional<Lsn> known = progress.get().map(UpstreamWatch::known);
        if (!known.equals(before)) {
          before = known;
          suspected = false;
          calm = PAUSE_MILLIS_MIN;
          pause = calm;
          continue;
        }
        Optional<HostPort> ahead =
            positions.first(upstream.safekeepers(), lsn -> isMore(lsn, known));
        if (ahead.isPresent() && !suspected) {
          suspected = true;
          pause = PAUSE_MILLIS_MIN;
          continue;
        }
        if (ahead.isPresent() && change.test(ahead.get())) {
          LOG.log(Level.INFO, "{0} has WAL that does not come: reading from there", ahead.get());
        }
        // Neither a question nor a change that has brought nothing is repeated at once.
        suspected = false;
        calm = Math.min(2 * calm, PAUSE_MILLIS_MAX);
        pause = calm;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// What is replayed need not have been received: a checkpoint's record may be local.
  private static Lsn known(ReplicaProgress progress) {
    return Lsn.max(progress.receivedLsn(), progress.replayLsn());
  }

  private boolean isMore(Lsn commitLsn, Optional<Lsn> known) {
    return known.isPresent()
        ? commitLsn.isAfter(known.get())
        : commitLsn.isAtLeast(upstream.needed());
  }

  /// Lets a question that is under way come to its end by itself.
  @Override
  public void close() {
    closed.countDown();
  }
}
