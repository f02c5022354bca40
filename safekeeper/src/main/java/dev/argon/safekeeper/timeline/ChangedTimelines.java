package dev.argon.safekeeper.timeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The timelines that have changed since somebody looked, each once: at most as many as there are.
/// Filled from many threads, emptied by one.
public final class ChangedTimelines {

  private final Set<Timeline> changed = ConcurrentHashMap.newKeySet();

  /// Only for the condition; innermost.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition arrived = lock.newCondition();

  /// Grows with each call of [#wake].
  private long wakeCount;

  public void add(Timeline timeline) {
    // Looked up first: under load it is nearly always there, and a lookup locks nothing.
    if (changed.contains(timeline) || !changed.add(timeline)) {
      return;
    }
    lock.lock();
    try {
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Takes all. A change that comes while a timeline is looked at puts it back.
  public List<Timeline> drain() {
    List<Timeline> taken = new ArrayList<>();
    for (var all = changed.iterator(); all.hasNext(); ) {
      Timeline timeline = all.next();
      all.remove();
      taken.add(timeline);
    }
    return taken;
  }

  /// Waits until there is one, or the time is over, or the thread is woken by [#wake].
  public void await(long millis) throws InterruptedException {
    lock.lock();
    try {
      long before = wakeCount;
      long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
      while (nanos > 0 && wakeCount == before && changed.isEmpty()) {
        nanos = arrived.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Ends one [#await].
  public void wake() {
    lock.lock();
    try {
      wakeCount++;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
