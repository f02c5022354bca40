package dev.argon.safekeeper.peer;

import dev.argon.identity.NodeId;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The thread that brings timelines up to date from peers, one after the other, where no proposer
/// does it.
final class PeerRecoveryLoop implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(PeerRecoveryLoop.class.getName());
  private static final long INTERVAL_MILLIS = 1_000;

  /// A proposer gets so long to come (back) before the WAL is fetched without it.
  private static final long PROPOSER_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(15);

  /// How to connect to another safekeeper.
  @FunctionalInterface
  interface Reaching {
    PgClientSettings settings(NodeId node) throws IOException;
  }

  private final Hub hub;
  private final Timelines timelines;
  private final PeerRecoverySession.Parts parts;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("peer-recovery").unstarted(this::run);

  /// Timelines that are behind, and since when no proposer was seen. Only for the thread.
  private final Map<Timeline, Long> behindSinceNanos = new HashMap<>();

  PeerRecoveryLoop(NodeId self, Hub hub, Timelines timelines, Reaching reaching) {
    this.hub = hub;
    this.timelines = timelines;
    parts = new PeerRecoverySession.Parts(self, reaching, () -> stopping.getCount() == 0);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopping.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        hub.behind().drain().forEach(timeline -> behindSinceNanos.putIfAbsent(timeline, now));
        for (Timeline timeline : List.copyOf(behindSinceNanos.keySet())) {
          look(timeline);
        }
      }
    } catch (InterruptedException e) {
      LOGGER.log(Level.WARNING, "interrupted", e);
    }
  }

  private void look(Timeline timeline) {
    List<NodeId> donors = hub.donors(timeline);
    if (donors.isEmpty() || !timelines.isCurrent(timeline)) {
      behindSinceNanos.remove(timeline); // an update brings it back
      return;
    }
    long now = System.nanoTime();
    if (timeline.users().hasReceiver()) {
      behindSinceNanos.put(timeline, now);
      return;
    }
    Long since = behindSinceNanos.get(timeline);
    if (since == null || now - since < PROPOSER_WAIT_NANOS) {
      return;
    }
    for (NodeId donor : donors) {
      try {
        if (PeerRecoverySession.run(parts, timeline, donor)) {
          return;
        }
      } catch (IOException | PgErrorException | CorruptDataException | RefusedException e) {
        LOGGER.log(
            Level.INFO,
            "timeline {0}: recovery from safekeeper {1} terminated: {2}",
            timeline.key(),
            donor,
            e.getMessage());
      }
    }
    behindSinceNanos.put(timeline, now); // again after a while
  }

  @Override
  public void close() {
    stopping.countDown();
    try {
      if (!thread.join(CLOSE_WAIT)) {
        LOGGER.log(Level.WARNING, "peer recovery has not ended in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
