package dev.argon.node;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Interrupts the thread that made it when the time is over, unless closed before. After [#close()]
/// no interrupt comes any more and none of its own is left behind.
final class RequestDeadline implements AutoCloseable {

  private final Thread worker = Thread.currentThread();

  /// Guards the two flags, so that an interrupt never hits a request that is over.
  private final ReentrantLock lock = new ReentrantLock();

  private boolean closed;
  private boolean passed;
  private final ScheduledFuture<?> alarm;

  RequestDeadline(ScheduledExecutorService timer, Duration deadline) {
    alarm = timer.schedule(this::onAlarm, deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void onAlarm() {
    lock.lock();
    try {
      if (!closed) {
        passed = true;
        worker.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  boolean hasPassed() {
    lock.lock();
    try {
      return passed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    alarm.cancel(false);
    lock.lock();
    try {
      closed = true;
      if (passed) {
        // It was ours: the connection's thread goes on with its answer.
        boolean _ = Thread.interrupted();
      }
    } finally {
      lock.unlock();
    }
  }
}
