package dev.argon.pageserver.timeline;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A position that only moves forward, and threads that wait for it.
public final class LsnGate {

  /// Guards waiting; innermost.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition moved = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile long lsn;

  /// The largest position that anyone waits for; 0 if nobody does. Written under the lock.
  private volatile long wanted;

  private volatile Runnable onWait = () -> {};

  public LsnGate(long lsn) {
    this.lsn = lsn;
  }

  public long lsn() {
    return lsn;
  }

  /// The largest position that anyone waits for at this moment; 0 if nobody does.
  public long wantedLsn() {
    return wanted;
  }

  /// @param listener called by whoever begins to wait, once [#wantedLsn] tells of it; must not
  ///   block
  public void onWait(Runnable listener) {
    onWait = listener;
  }

  /// Moves forward. For one thread at a time.
  public void advance(long newLsn) {
    if (Long.compareUnsigned(newLsn, lsn) > 0) {
      lsn = newLsn;
      if (waiting.get() > 0) {
        lock.lock();
        try {
          moved.signalAll();
        } finally {
          lock.unlock();
        }
      }
    }
  }

  private boolean reached(long wantedLsn) {
    return Long.compareUnsigned(lsn, wantedLsn) >= 0;
  }

  /// Waits until the position is at least `wantedLsn`.
  ///
  /// @return false if it is not after `timeoutMillis`
  public boolean await(long wantedLsn, long timeoutMillis) throws InterruptedException {
    if (reached(wantedLsn)) {
      return true;
    }
    enter(wantedLsn);
    try {
      onWait.run();
      return awaitReached(wantedLsn, timeoutMillis);
    } finally {
      leave();
    }
  }

  private void enter(long wantedLsn) {
    lock.lock();
    try {
      waiting.incrementAndGet();
      if (Long.compareUnsigned(wantedLsn, wanted) > 0) {
        wanted = wantedLsn;
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitReached(long wantedLsn, long timeoutMillis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      while (!reached(wantedLsn)) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// What somebody waited for in vain must not look wanted for ever.
  private void leave() {
    lock.lock();
    try {
      if (waiting.decrementAndGet() == 0) {
        wanted = 0;
      }
    } finally {
      lock.unlock();
    }
  }
}
