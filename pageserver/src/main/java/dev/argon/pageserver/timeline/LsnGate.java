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

  public LsnGate(long lsn) {
    this.lsn = lsn;
  }

  public long lsn() {
    return lsn;
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

  private boolean reached(long wanted) {
    return Long.compareUnsigned(lsn, wanted) >= 0;
  }

  /// Waits until the position is at least `wanted`.
  ///
  /// @return false if it is not after `timeoutMillis`
  public boolean await(long wanted, long timeoutMillis) throws InterruptedException {
    if (reached(wanted)) {
      return true;
    }
    waiting.incrementAndGet();
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      while (!reached(wanted)) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
      waiting.decrementAndGet();
    }
  }
}
