package dev.argon.pageserver.timeline;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The memory that all in-memory layers of the process may take. Writers wait when it is used up; a
/// batch that has begun is finished.
public final class MemoryBudget {

  private final long bytesMax;

  /// Guards `used`; innermost.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition freed = lock.newCondition();
  private long used;

  public MemoryBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  public long bytesMax() {
    return bytesMax;
  }

  /// In use now.
  public long bytesUsed() {
    lock.lock();
    try {
      return used;
    } finally {
      lock.unlock();
    }
  }

  void add(long bytes) {
    lock.lock();
    try {
      used += bytes;
      if (bytes < 0) {
        freed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits for room.
  ///
  /// @return false if there is none after `timeoutMillis`
  public boolean awaitRoom(long timeoutMillis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      while (used >= bytesMax) {
        if (left <= 0) {
          return false;
        }
        left = freed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
