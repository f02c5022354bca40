package dev.argon.compute;

import dev.argon.compute.kept.KeptState;
import dev.argon.compute.memory.ServerCounters;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.prewarm.CacheSnapshot;
import dev.argon.compute.prewarm.CacheState;
import dev.argon.compute.prewarm.Prewarm;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Brings back the blocks that an endpoint had at its last stop, and writes down from time to time
/// which it has.
final class CacheKeeper implements AutoCloseable {

  private static final Logger LOG = System.getLogger(CacheKeeper.class.getName());

  private final SharedMemory memory;
  private final Prewarm prewarm;
  private final KeptState kept;
  private final boolean prewarms;
  private final Duration interval;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /// What was kept has been brought back, as far as it will be: what is here now may replace it.
  private volatile boolean restored;

  private long activityKept;

  /// @param prewarms whether to bring blocks back
  CacheKeeper(
      SharedMemory memory, Prewarm prewarm, KeptState kept, boolean prewarms, Duration interval) {
    this.memory = memory;
    this.prewarm = prewarm;
    this.kept = kept;
    this.prewarms = prewarms;
    this.interval = interval;
    thread = Thread.ofVirtual().name("cache-keeper").unstarted(this::run);
  }

  /// The server answers queries.
  void start() {
    thread.start();
  }

  private void run() {
    try {
      if (prewarms) {
        restore();
      }
      restored = closed.getCount() > 0;
      while (!closed.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
        long activity = activity();
        if (activity != activityKept) {
          activityKept = activity;
          keep();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void restore() throws InterruptedException {
    Optional<CacheState> state = kept.cacheState();
    if (state.isPresent() && prewarm.run(state.get(), () -> closed.getCount() == 0)) {
      LOG.log(Level.INFO, "prewarmed: {0}", prewarm.info().orElseThrow());
    }
  }

  /// Changes with whatever changes the cache.
  private long activity() {
    ServerCounters counters = memory.serverCounters();
    return counters.misses()
        + counters.readAheadBlocks()
        + counters.writes()
        + counters.extensions()
        + counters.residentBlocks();
  }

  private void keep() {
    CacheState state = CacheSnapshot.of(memory.blocks(), CacheState.PARTS_MAX);
    if (!state.isEmpty()) {
      kept.keepCacheState(state);
    }
  }

  /// A stop as somebody wanted it, after the server's end: the list as it is now. One that came
  /// before the old list was worked through leaves that.
  void keepAtStop() {
    if (restored) {
      keep();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    prewarm.close();
    try {
      if (thread.getState() != Thread.State.NEW) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
