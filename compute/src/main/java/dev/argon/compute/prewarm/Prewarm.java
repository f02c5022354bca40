package dev.argon.compute.prewarm;

import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// Gets the blocks of a [CacheState] from the pageserver, a bounded number at a time, on the
/// connection of readers ahead, so that a session that waits for a page has its own. Ends early
/// when the cache has reached its limit: nothing is evicted for it.
public final class Prewarm implements AutoCloseable {

  /// Request slots that are in use at most before more is ordered, of 128.
  private static final int SLOTS_MAX = 32;

  private static final long POLL_MILLIS = 2;

  /// For pages that are still to come when all were ordered. Other readers use the slots as well,
  /// so that they may never be all free.
  private static final long TAIL_MILLIS = 10_000;

  private final SharedMemory memory;
  private final Runnable wakeWorker;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile Optional<Run> newest = Optional.empty();

  /// What became of a run.
  ///
  /// @param totalPages named in the list
  /// @param prewarmedPages asked for
  /// @param skippedPages looked at and not asked for: here already, no longer there, or being read
  ///   by somebody
  public record Info(int totalPages, int prewarmedPages, int skippedPages, boolean running) {}

  private final class Run {

    private final int total;
    private final long warmedBefore = memory.warmedBlocks();
    private final AtomicInteger ordered = new AtomicInteger();
    private volatile int warmed;
    private volatile boolean ended;

    Run(int total) {
      this.total = total;
    }

    void end() {
      warmed = warmedNow();
      ended = true;
    }

    private int warmedNow() {
      return (int) (memory.warmedBlocks() - warmedBefore);
    }

    Info info() {
      int asked = ended ? warmed : warmedNow();
      return new Info(total, asked, Math.max(ordered.get() - asked, 0), !ended);
    }
  }

  /// @param wakeWorker makes the server's worker serve orders at once
  public Prewarm(SharedMemory memory, Runnable wakeWorker) {
    this.memory = memory;
    this.wakeWorker = wakeWorker;
  }

  /// The run that goes on, or else the one before; empty before the first.
  public Optional<Info> info() {
    return newest.map(Run::info);
  }

  /// Works through a list, in the caller's thread.
  ///
  /// @param takenBack asked all the time: true ends it
  /// @return false if another run goes on
  public boolean run(CacheState state, BooleanSupplier takenBack) throws InterruptedException {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    try {
      Run run = new Run(state.blockCount());
      newest = Optional.of(run);
      try {
        if (order(run, state, takenBack)) {
          awaitTail(takenBack);
        }
      } finally {
        run.end();
      }
    } finally {
      busy.set(false);
    }
    return true;
  }

  /// @return whether all was ordered
  private boolean order(Run run, CacheState state, BooleanSupplier takenBack)
      throws InterruptedException {
    int partBlocks = 1 << state.partBlocksLog();
    for (int i = 0; i < state.parts().size(); i++) {
      CacheState.Part part = state.parts().get(i);
      int end = (i + 1) * partBlocks;
      int at = state.blocks().nextSetBit(i * partBlocks);
      while (at >= 0 && at < end) {
        int gap = Math.min(state.blocks().nextClearBit(at), end);
        int count = Math.min(gap - at, SharedMemoryLayout.REQUEST_BLOCKS);
        if (!awaitRoom(takenBack)
            || !memory.orderWarm(
                part.relation(), part.fork(), part.firstBlock() + at - i * partBlocks, count)) {
          return false;
        }
        int _ = run.ordered.addAndGet(count);
        at = state.blocks().nextSetBit(at + count);
      }
    }
    return awaitServed(takenBack);
  }

  /// Waits until more may be ordered.
  ///
  /// @return false if nothing more shall be
  private boolean awaitRoom(BooleanSupplier takenBack) throws InterruptedException {
    while (!takenBack.getAsBoolean() && !isFull()) {
      int underWay = memory.warmOrdersUnserved() + memory.slots().aheadInUse();
      if (underWay < SLOTS_MAX) {
        return true;
      }
      if (pause()) {
        return false;
      }
    }
    return false;
  }

  private boolean awaitServed(BooleanSupplier takenBack) throws InterruptedException {
    while (memory.warmOrdersUnserved() > 0) {
      if (takenBack.getAsBoolean() || pause()) {
        return false;
      }
    }
    return true;
  }

  private void awaitTail(BooleanSupplier takenBack) throws InterruptedException {
    for (long waited = 0; waited < TAIL_MILLIS; waited += POLL_MILLIS) {
      if (memory.slots().aheadInUse() == 0 || takenBack.getAsBoolean() || pause()) {
        return;
      }
    }
  }

  /// @return whether this is closed
  private boolean pause() throws InterruptedException {
    if (memory.warmOrdersUnserved() > 0) {
      wakeWorker.run();
    }
    return closed.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
  }

  private boolean isFull() {
    long limit = memory.cacheLimitBlocks();
    long coming =
        (long) SharedMemoryLayout.REQUEST_BLOCKS
            * (memory.warmOrdersUnserved() + memory.slots().aheadInUse());
    return limit >= 0 && memory.residentBlocks() + coming >= limit;
  }

  /// Ends a run that goes on.
  @Override
  public void close() {
    closed.countDown();
  }
}
