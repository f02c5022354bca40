package dev.argon.safekeeper.timeline;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Where a timeline is, for those who read its WAL: published by the thread that appends, waited
/// for by senders.
public final class Progress {

  /// Values of one moment.
  ///
  /// @param history the whole one; entries above `flushLsn` have no WAL here yet
  public record Position(Term term, TermHistory history, Lsn flushLsn, Lsn commitLsn) {

    // As in [Lsn]: compared for each commit, by whoever publishes and by whoever waits.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Position position
          && position.flushLsn.equals(flushLsn)
          && position.commitLsn.equals(commitLsn)
          && position.term.equals(term)
          && position.history.equals(history);
    }

    @Override
    public int hashCode() {
      return 31 * flushLsn.hashCode() + commitLsn.hashCode();
    }
  }

  /// Only for the condition; innermost, nothing is called under it.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition moved = lock.newCondition();
  private long wakeCount;
  private volatile Position position;
  private volatile boolean closed;

  Progress(Position position) {
    this.position = position;
  }

  public Position position() {
    return position;
  }

  /// Whether the timeline is being closed: senders end.
  public boolean isClosed() {
    return closed;
  }

  /// @return whether it is another one than before
  boolean publish(Position newPosition) {
    Position old = position;
    if (old.equals(newPosition)) {
      return false;
    }
    position = newPosition;
    wake();
    return true;
  }

  void close() {
    closed = true;
    wake();
  }

  /// Lets all who wait look again.
  public void wake() {
    lock.lock();
    try {
      wakeCount++;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the position differs from `seen`, somebody calls [#wake], or the time is over.
  public void await(Position seen, long millis) throws InterruptedException {
    lock.lock();
    try {
      long before = wakeCount;
      long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
      while (nanos > 0 && wakeCount == before && position.equals(seen) && !closed) {
        nanos = moved.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
