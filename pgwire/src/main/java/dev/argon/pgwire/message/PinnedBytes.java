package dev.argon.pgwire.message;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// How many bytes of receive buffer the views of one connection keep from being reused, beyond the
/// buffer in use. Counted in whole blocks, because a view of one byte keeps its whole block.
public final class PinnedBytes {

  private final long bytesMax;
  private final AtomicLong bytes = new AtomicLong();

  /// Guards nothing but the wait; the last of all locks.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition removed = lock.newCondition();

  PinnedBytes(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  public long bytes() {
    return bytes.get();
  }

  /// One block may always be pinned, however large it is.
  boolean hasRoomFor(int blockBytes) {
    long now = bytes.get();
    return now == 0 || now + blockBytes <= bytesMax;
  }

  void add(int blockBytes) {
    bytes.addAndGet(blockBytes);
  }

  void remove(int blockBytes) {
    lock.lock();
    try {
      bytes.addAndGet(-blockBytes);
      removed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until views were dropped after `seen` bytes were counted.
  ///
  /// @return false if it took longer
  public boolean awaitLess(long seen, long millis) throws InterruptedException {
    long leftNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lock();
    try {
      while (bytes.get() >= seen) {
        if (leftNanos <= 0) {
          return false;
        }
        leftNanos = removed.awaitNanos(leftNanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return bytes.get() + " of at most " + bytesMax + " bytes";
  }
}
