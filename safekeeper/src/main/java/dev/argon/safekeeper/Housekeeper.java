package dev.argon.safekeeper;

import dev.argon.objectstore.ObjectKey;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.timeline.DiskSpace;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What goes on beside the streams: once a second the positions are written down and the disk's
/// room is looked at; whole committed segments are copied to the object store, and removed here
/// once nobody needs them from here; commit LSNs are learned from peers where no proposer tells.
final class Housekeeper implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Housekeeper.class.getName());
  private static final long INTERVAL_MILLIS = 1_000;
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

  /// Segments below the one with the horizon that are kept all the same: the scan of the next start
  /// begins there.
  private static final int SEGMENTS_KEPT = 2;

  private final Timelines timelines;
  private final DiskSpace space;
  private final SegmentFiles segments;
  private final PeerCommits peers;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread ticker = Thread.ofPlatform().name("housekeeper").unstarted(this::tickAll);
  private final Thread copier = Thread.ofPlatform().name("wal-backup").unstarted(this::copyAll);

  /// Why the copying of a timeline does not get on.
  private final Map<TimelineKey, String> troubles = new ConcurrentHashMap<>();

  Housekeeper(Timelines timelines, DiskSpace space, SegmentFiles segments, PeerCommits peers) {
    this.timelines = timelines;
    this.space = space;
    this.segments = segments;
    this.peers = peers;
  }

  void start() {
    ticker.start();
    copier.start();
  }

  /// Why WAL cannot be copied to the object store, by timeline.
  Map<TimelineKey, String> troubles() {
    return troubles;
  }

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  private void tickAll() {
    while (!pause()) {
      space.check();
      for (Timeline timeline : timelines.usable()) {
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

  private void copyAll() {
    while (!pause()) {
      for (Timeline timeline : timelines.usable()) {
        if (isStopping()) {
          return;
        }
        peers.learn(timeline);
        try {
          copy(timeline);
          remove(timeline);
          troubles.remove(timeline.key());
        } catch (IOException e) {
          String reason = "WAL cannot be copied to the object store: " + e.getMessage();
          if (!reason.equals(troubles.put(timeline.key(), reason))) {
            LOGGER.log(Level.WARNING, "timeline " + timeline.key() + ": " + reason, e);
          }
        }
      }
    }
  }

  /// Copies the segments that lie whole below the commit LSN. Every safekeeper does; their bytes
  /// are the same.
  private void copy(Timeline timeline) throws IOException {
    WalLayout layout = timeline.wal().layout();
    ControlState control = timeline.persisted();
    long number = layout.segmentNumber(control.backupLsn().value());
    while (layout.segmentNumber(control.commitLsn().value()) > number && !isStopping()) {
      Lsn start = new Lsn(layout.segmentStart(number));
      Lsn end = start.plus(layout.segmentSize());
      if (!isStored(timeline, number)) {
        Failpoint.BACKUP_PUT_BEFORE.hit();
        store(timeline, number);
        Failpoint.BACKUP_PUT_AFTER.hit();
      }
      timeline.checkpoint(end);
      number++;
    }
  }

  private void store(Timeline timeline, long number) throws IOException {
    WalLayout layout = timeline.wal().layout();
    ObjectKey key = SegmentFiles.objectKey(timeline, number);
    Lsn start = new Lsn(layout.segmentStart(number));
    try (WalReader reader = segments.reader(timeline)) {
      if (!reader.isGenerated(start)) {
        segments.store().put(key, timeline.wal().file(number));
        return;
      }
      ByteBuffer content = ByteBuffer.allocate(layout.segmentSize());
      reader.read(start, content);
      segments.store().put(key, content.flip());
    }
  }

  private boolean isStored(Timeline timeline, long number) throws IOException {
    String name = SegmentFiles.objectKey(timeline, number).name();
    return segments.store().list(name).stream()
        .anyMatch(info ->
            info.key().name().equals(name)
                && info.sizeBytes() == timeline.wal().layout().segmentSize());
  }

  /// Removes segments below what is, according to the control file, in the object store, not needed
  /// by the pageserver any more, and committed.
  private void remove(Timeline timeline) throws IOException {
    WalLayout layout = timeline.wal().layout();
    ControlState control = timeline.persisted();
    Lsn horizon =
        Lsn.min(control.commitLsn(), Lsn.min(control.remoteConsistentLsn(), control.backupLsn()));
    long keepFrom = layout.segmentNumber(horizon.value()) - SEGMENTS_KEPT;
    for (long number : timeline.wal().segments()) {
      if (number < keepFrom) {
        timeline.wal().remove(number);
      }
    }
  }

  /// Ends both threads; what is being copied is finished first.
  @Override
  public void close() {
    stopping.countDown();
    try {
      boolean ended = ticker.join(CLOSE_WAIT) && copier.join(CLOSE_WAIT);
      if (!ended) {
        LOGGER.log(Level.WARNING, "housekeeping has not ended in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
