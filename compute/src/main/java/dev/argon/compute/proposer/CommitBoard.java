package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What the proposer's loop tells other threads. The loop writes, everybody reads; who waits for a
/// position is woken only if somebody waits, so that a commit pays nothing for it.
final class CommitBoard {

  /// A waiting thread looks for itself as often, whoever forgot to wake it.
  private static final long WAIT_MILLIS = 500;

  private volatile Optional<ElectedLog> elected = Optional.empty();
  private volatile long receivedLsn;
  private volatile long commitLsn;
  private volatile boolean streaming;

  /// When the first byte that still waits for the quorum came, as [System#nanoTime].
  private volatile long waitingSinceNanos;

  private volatile Optional<WalProposer.End> end = Optional.empty();

  private final AtomicInteger waiters = new AtomicInteger();

  /// Guards nothing but the condition.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();

  // By the loop.

  void elected(ElectedLog log) {
    receivedLsn = log.end().value();
    elected = Optional.of(log);
    wake();
  }

  void received(long lsn, long nowNanos) {
    if (receivedLsn == commitLsn) {
      waitingSinceNanos = nowNanos;
    }
    receivedLsn = lsn;
  }

  void committed(long lsn, long nowNanos) {
    commitLsn = lsn;
    waitingSinceNanos = nowNanos;
    wake();
  }

  void streaming(boolean now) {
    streaming = now;
    wake();
  }

  void ended(WalProposer.End how) {
    if (end.isEmpty()) {
      end = Optional.of(how);
    }
    wake();
  }

  private void wake() {
    if (waiters.get() > 0) {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  // By everybody.

  Optional<ElectedLog> elected() {
    return elected;
  }

  long receivedLsn() {
    return receivedLsn;
  }

  long commitLsn() {
    return commitLsn;
  }

  boolean isStreaming() {
    return streaming;
  }

  Optional<WalProposer.End> end() {
    return end;
  }

  /// How long WAL has been waiting for the quorum; 0 if none does.
  long waitingNanos(long nowNanos) {
    return receivedLsn == commitLsn ? 0 : Math.max(0, nowNanos - waitingSinceNanos);
  }

  /// A condition on what stands on the board.
  @FunctionalInterface
  interface Fact {
    boolean holds();
  }

  /// Waits until `fact` holds.
  ///
  /// @throws FencedException if the proposer was fenced before
  /// @throws StrandedException if it was stranded before
  /// @throws IllegalStateException if it ended otherwise before
  void await(Fact fact) throws FencedException, StrandedException, InterruptedException {
    waiters.incrementAndGet();
    try {
      while (!fact.holds()) {
        throwIfEnded();
        lock.lock();
        try {
          if (!fact.holds() && end.isEmpty()) {
            boolean _ = changed.await(WAIT_MILLIS, TimeUnit.MILLISECONDS);
          }
        } finally {
          lock.unlock();
        }
      }
    } finally {
      waiters.decrementAndGet();
    }
  }

  private void throwIfEnded() throws FencedException, StrandedException {
    if (end.isEmpty()) {
      return;
    }
    switch (end.get()) {
      case WalProposer.End.Fenced(String message) -> throw new FencedException(message);
      case WalProposer.End.Stranded(String message) -> throw new StrandedException(message);
      case WalProposer.End.Failed(Exception cause) ->
          throw new IllegalStateException("the WAL proposer has failed: " + cause, cause);
      case WalProposer.End.Closed() ->
          throw new IllegalStateException("the WAL proposer is closed");
    }
  }

  /// The commit LSN as a value.
  Lsn commit() {
    return new Lsn(commitLsn);
  }
}
