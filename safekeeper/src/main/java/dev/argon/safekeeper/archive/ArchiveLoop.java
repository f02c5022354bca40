package dev.argon.safekeeper.archive;

import dev.argon.identity.NodeId;
import dev.argon.node.PatientThreads;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The thread that archives. It looks once a second at the timelines that have changed and are not
/// settled yet, and much more seldom at those whose archived WAL grows old; at others never.
public final class ArchiveLoop implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(ArchiveLoop.class.getName());
  private static final long INTERVAL_MILLIS = 1_000;
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

  /// Archived WAL is looked through so many times while it grows as old as it may.
  private static final int EXPIRY_ROUNDS = 24;

  private static final long EXPIRY_INTERVAL_MILLIS_MIN = 1_000;

  private final Timelines timelines;
  private final ChangedTimelines changed;
  private final Archiver archiver;
  private final ArchiveSettings settings;
  private final Clock clock;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = PatientThreads.named("wal-archive").unstarted(this::run);

  /// Why the archiving of a timeline does not get on.
  private final Map<TimelineKey, String> troubles = new ConcurrentHashMap<>();

  /// The timelines with something left to do, and when they changed last. Only for the thread.
  private final Map<Timeline, Long> unsettledSinceMillis = new HashMap<>();

  /// The timelines that may have archived WAL which grows old. Only for the thread.
  private final Set<Timeline> growingOld = new HashSet<>();

  private long expiredMillis = nowMillis();

  /// @param changed filled by the observer of the timelines
  public ArchiveLoop(
      NodeId node,
      Timelines timelines,
      ChangedTimelines changed,
      WalArchive archive,
      ArchiveSettings settings,
      Clock clock) {
    this.timelines = timelines;
    this.changed = changed;
    this.settings = settings;
    this.clock = clock;
    archiver = new Archiver(node, archive, settings);
  }

  public void start() {
    thread.start();
  }

  /// Why WAL cannot be archived, by timeline.
  public Map<TimelineKey, String> troubles() {
    return troubles;
  }

  private void run() {
    timelines.usable().forEach(changed::add);
    while (!pause()) {
      long now = nowMillis();
      for (Timeline timeline : changed.drain()) {
        unsettledSinceMillis.put(timeline, now);
        growingOld.add(timeline);
      }
      visitUnsettled();
      if (settings.retention() >= 0 && now - expiredMillis >= expiryIntervalMillis()) {
        expiredMillis = now;
        expireAll();
      }
    }
  }

  private long expiryIntervalMillis() {
    return Math.max(EXPIRY_INTERVAL_MILLIS_MIN, settings.retention() / EXPIRY_ROUNDS);
  }

  private static long nowMillis() {
    return System.nanoTime() / 1_000_000;
  }

  /// @return whether it is time to end
  private boolean pause() {
    try {
      return stopping.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      LOGGER.log(Level.WARNING, "interrupted", e);
      return true;
    }
  }

  private boolean isGone(Timeline timeline) {
    return !timelines.isCurrent(timeline);
  }

  private void visitUnsettled() {
    for (Iterator<Map.Entry<Timeline, Long>> all = unsettledSinceMillis.entrySet().iterator();
        all.hasNext() && stopping.getCount() > 0; ) {
      Map.Entry<Timeline, Long> entry = all.next();
      Timeline timeline = entry.getKey();
      try {
        long now = nowMillis();
        if (isGone(timeline) || archiver.visit(timeline, now - entry.getValue(), now)) {
          all.remove();
        }
        troubles.remove(timeline.key());
      } catch (IOException e) {
        if (isGone(timeline)) {
          all.remove();
          troubles.remove(timeline.key());
        } else {
          note(timeline, e);
        }
      }
    }
  }

  private void note(Timeline timeline, IOException e) {
    String reason = "WAL cannot be archived: " + e.getMessage();
    if (!reason.equals(troubles.put(timeline.key(), reason))) {
      LOGGER.log(Level.WARNING, "timeline " + timeline.key() + ": " + reason, e);
    }
  }

  private void expireAll() {
    for (Iterator<Timeline> all = growingOld.iterator();
        all.hasNext() && stopping.getCount() > 0; ) {
      Timeline timeline = all.next();
      try {
        boolean isDone = isGone(timeline) || !archiver.expire(timeline, clock.millis());
        if (isDone && !unsettledSinceMillis.containsKey(timeline)) {
          all.remove();
        }
      } catch (IOException e) {
        note(timeline, e);
      }
    }
  }

  /// Ends the thread; what is being put is finished first.
  @Override
  public void close() {
    stopping.countDown();
    try {
      if (!thread.join(CLOSE_WAIT)) {
        LOGGER.log(Level.WARNING, "archiving has not ended in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
