package dev.argon.safekeeper;

import dev.argon.postgres.Lsn;
import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.DiskSpace;
import dev.argon.safekeeper.timeline.Timeline;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Once a second: the positions of timelines that moved are written down, and the disk's room is
/// looked at.
final class Housekeeper implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Housekeeper.class.getName());
  private static final long INTERVAL_MILLIS = 1_000;
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

  private final ChangedTimelines changed;
  private final DiskSpace space;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("housekeeper").unstarted(this::run);

  /// @param changed filled by the observer of the timelines
  Housekeeper(ChangedTimelines changed, DiskSpace space) {
    this.changed = changed;
    this.space = space;
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (!pause()) {
      space.check();
      for (Timeline timeline : changed.drain()) {
        timeline.checkpoint(Lsn.INVALID);
      }
    }
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

  @Override
  public void close() {
    stopping.countDown();
    try {
      if (!thread.join(CLOSE_WAIT)) {
        LOGGER.log(Level.WARNING, "housekeeping has not ended in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
