package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.redo.page.PageHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads that change pages beside the dispatcher, and the ring of batches between them.
///
/// Batches are numbered from 1. The dispatcher fills one, publishes its number, and goes on with
/// the next; each worker does all batches in order and publishes how far it is. These two volatile
/// numbers order all other memory: no locks. The ring bounds how far the dispatcher runs ahead.
final class Workers implements PageCache.Batches, AutoCloseable {

  /// Batches under way at most; each has about one chunk of log.
  static final int RING = 8;

  /// Tasks whose pages are looked at together before they are done one after the other.
  private static final int GROUP = 16;

  private static final int SPINS = 500;
  private static final long PARK_NANOS = 20_000;

  private final Batch[] ring = new Batch[RING];
  private final List<Worker> workers = new ArrayList<>();
  private final PageCache cache;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private volatile long published;
  private volatile boolean stopped;

  /// The number of the batch being filled.
  private long filling = 1;

  /// @param count 0 if the dispatcher does everything
  Workers(int count, PageCache.Source cacheSource, RedoSettings settings) {
    for (int i = 0; i < RING; i++) {
      ring[i] = new Batch(count);
    }
    cache = cacheSource.create(this);
    for (int i = 0; i < count; i++) {
      Worker worker = new Worker(i, new PageRedo(settings));
      workers.add(worker);
      worker.thread = Thread.ofPlatform().daemon().name("replay-" + (i + 1)).start(worker::run);
    }
  }

  PageCache cache() {
    return cache;
  }

  int count() {
    return workers.size();
  }

  List<PageRedo> redos() {
    return workers.stream().map(worker -> worker.redo).toList();
  }

  /// The batch being filled.
  Batch current() {
    return ring[(int) (filling % RING)];
  }

  long currentNumber() {
    return filling;
  }

  /// Hands the current batch over and begins the next, whose records lie in `chunk`.
  void next(byte[] chunk) {
    if (!workers.isEmpty()) {
      published = filling;
      filling++;
      awaitCompleted(filling - RING);
    }
    current().begin(chunk);
  }

  @Override
  public long completed() {
    long completed = Long.MAX_VALUE;
    for (Worker worker : workers) {
      completed = Math.min(completed, worker.completed);
    }
    return completed;
  }

  /// Waits until every task handed out, those of the current batch included, is done.
  @Override
  public void drain() {
    if (workers.isEmpty()) {
      return;
    }
    if (!current().isEmpty()) {
      next(current().chunk);
    }
    awaitCompleted(filling - 1);
  }

  // A worker always ends its batch, or fails: there is nothing that it waits for itself.
  private void awaitCompleted(long batch) {
    int spins = 0;
    while (completed() < batch) {
      checkFailure();
      spins = pause(spins);
    }
    checkFailure();
  }

  private static int pause(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
      return spins + 1;
    }
    LockSupport.parkNanos(PARK_NANOS);
    return spins;
  }

  private void checkFailure() {
    Throwable cause = failure.get();
    if (cause != null) {
      throw new WorkerFailedException(cause);
    }
  }

  /// How long all workers together were at work, since the last call. Only after [#drain].
  long takeBusyNanos() {
    long taken = 0;
    for (Worker worker : workers) {
      taken += worker.busyNanos;
      worker.busyNanos = 0;
    }
    return taken;
  }

  /// Ends the threads; what was not drained is lost.
  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      for (Worker worker : workers) {
        Thread thread = worker.thread;
        if (thread != null && !thread.join(java.time.Duration.ofSeconds(60))) {
          throw new IOException("thread " + thread.getName() + " does not end");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// A worker has failed; the cause is [UnsupportedRecordException], or a bug.
  static final class WorkerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WorkerFailedException(Throwable cause) {
      super(cause);
    }
  }

  /// One thread.
  private final class Worker {
    private final int index;
    private final PageRedo redo;
    private final WalRecord record = new WalRecord();
    private @Nullable Thread thread;
    private volatile long completed;

    /// Written by the worker between batches, read by the dispatcher after a drain.
    private long busyNanos;

    /// What [#touch] has read: without a use of it the compiler would leave the reads out.
    @SuppressWarnings("UnusedVariable")
    private int touched;

    Worker(int index, PageRedo redo) {
      this.index = index;
      this.redo = redo;
    }

    void run() {
      try {
        int spins = 0;
        while (!stopped) {
          if (published > completed) {
            long next = completed + 1;
            long start = ThreadTime.nanos();
            work(ring[(int) (next % RING)]);
            busyNanos += ThreadTime.nanos() - start;
            completed = next;
            spins = 0;
          } else {
            spins = pause(spins);
          }
        }
      } catch (CorruptDataException | UnsupportedRecordException | RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      }
    }

    private void work(Batch batch) throws CorruptDataException, UnsupportedRecordException {
      Tasks tasks = batch.tasks[index];
      int count = tasks.count();
      long looksAt = 0;
      for (int task = 0; task < count; task++) {
        if (task % GROUP == 0) {
          touch(tasks, task, Math.min(count, task + GROUP));
        }
        long recordLsn = tasks.recordLsn(task);
        if (recordLsn != looksAt) {
          int place = tasks.place(task);
          if (place >= 0) {
            record.reset(batch.chunk, place, tasks.length(task));
          } else {
            record.reset(batch.side, ~place, tasks.length(task));
          }
          looksAt = recordLsn;
        }
        redo.apply(
            cache.page(tasks.frame(task)),
            record,
            tasks.blockIndex(task),
            recordLsn,
            tasks.endLsn(task));
      }
    }

    /// Pages lie anywhere in memory, and redo of one waits for it at its first look. Many looked at
    /// in a row are waited for together: first their headers, then where their items begin and end.
    private void touch(Tasks tasks, int from, int end) {
      int sum = 0;
      for (int task = from; task < end; task++) {
        sum += PageHeader.flags(cache.page(tasks.frame(task)));
      }
      for (int task = from; task < end; task++) {
        ByteBuffer page = cache.page(tasks.frame(task));
        int upper = PageHeader.upper(page);
        if (upper > 0 && upper < PageCache.PAGE_SIZE) {
          sum += page.get(upper - 1);
        }
        sum += page.get(PageCache.PAGE_SIZE - 1);
      }
      touched = sum;
    }
  }
}
