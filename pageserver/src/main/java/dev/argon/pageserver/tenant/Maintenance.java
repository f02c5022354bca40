package dev.argon.pageserver.tenant;

import dev.argon.node.LogContext;
import dev.argon.node.PatientThreads;
import dev.argon.pageserver.ingest.IngestLoop;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.TimelineKeeper;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Flushes, uploads and merges on threads of its own: one thread for flushing and uploading, one
/// for merging, so that a long merge does not hold up ingest. What fails is tried again at the next
/// tick.
public final class Maintenance implements IngestLoop.Room, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Maintenance.class.getName());

  private static final long TICK_MILLIS = 1_000;

  /// A quiet timeline's open layer is flushed after this, so that safekeepers can let go of its
  /// WAL.
  private static final long OPEN_LAYER_AGE_MAX_MILLIS = 60_000;

  private static final long CLOSE_WAIT_SECONDS = 30;

  private final Supplier<List<Timeline>> timelines;
  private final Runnable fatal;
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("maintenance-tick").factory());
  private final ExecutorService flusher =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("flush").factory());
  private final ExecutorService merger =
      Executors.newSingleThreadExecutor(PatientThreads.named("merge").daemon().factory());

  /// Timelines that wait in a queue already: each is there at most once.
  private final Set<Timeline> flushing = ConcurrentHashMap.newKeySet();

  private final Set<Timeline> merging = ConcurrentHashMap.newKeySet();

  /// @param fatal what to do when the disk has lost data
  public Maintenance(Supplier<List<Timeline>> timelines, Runnable fatal) {
    this.timelines = timelines;
    this.fatal = fatal;
  }

  public void start() {
    var _ =
        ticker.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      for (Timeline timeline : timelines.get()) {
        boolean old = timeline.openLayerAgeMillis() > OPEN_LAYER_AGE_MAX_MILLIS;
        if (old
            || timeline.storingProblem().isPresent()
            || new TimelineKeeper(timeline).needsUpload()) {
          flush(timeline, old);
        }
        merge(timeline);
      }
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "maintenance", e);
    }
  }

  @Override
  public void openLayerFull(Timeline timeline) {
    flush(timeline, true);
  }

  @Override
  public void memoryUsedUp() {
    timelines.get().stream()
        .max(Comparator.comparingLong(Timeline::memoryBytes))
        .ifPresent(timeline -> flush(timeline, true));
  }

  private void flush(Timeline timeline, boolean freeze) {
    if (flushing.add(timeline)) {
      flusher.execute(() -> {
        flushing.remove(timeline);
        run(
            timeline,
            () -> {
              TimelineKeeper keeper = new TimelineKeeper(timeline);
              if (freeze) {
                keeper.flush();
              } else {
                keeper.flushFrozen();
              }
              keeper.upload();
            });
      });
    }
  }

  private void merge(Timeline timeline) {
    if (merging.add(timeline)) {
      merger.execute(() -> {
        try {
          run(timeline, () -> mergeAll(timeline));
        } finally {
          merging.remove(timeline);
        }
      });
    }
  }

  private static void mergeAll(Timeline timeline) throws IOException, CorruptDataException {
    boolean again = true;
    while (again && !Thread.currentThread().isInterrupted()) {
      again = new TimelineKeeper(timeline).merge();
    }
  }

  private interface Work {
    void run() throws IOException, CorruptDataException;
  }

  private void run(Timeline timeline, Work work) {
    LogContext context = new LogContext(timeline.tenant().toString(), timeline.id().toString());
    ScopedValue.where(LogContext.CURRENT, context)
        .run(() -> {
          try {
            work.run();
          } catch (IOException | CorruptDataException e) {
            timeline.reportStoringProblem(String.valueOf(e.getMessage()));
            LOG.log(Level.WARNING, "storing layers: {0}", e);
          } catch (dev.argon.pageserver.layer.DurableFiles.FsyncFailedException e) {
            LOG.log(Level.ERROR, "{0}: ending the process", e.getMessage());
            fatal.run();
          } catch (RuntimeException e) {
            timeline.reportStoringProblem(e.toString());
            LOG.log(Level.ERROR, "storing layers", e);
          }
        });
  }

  @Override
  public void close() {
    ticker.shutdownNow();
    merger.shutdownNow();
    flusher.shutdown();
    try {
      if (!flusher.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)
          || !merger.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "maintenance did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
