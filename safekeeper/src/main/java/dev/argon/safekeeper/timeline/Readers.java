package dev.argon.safekeeper.timeline;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.PageserverFeedback;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What the readers of a timeline report: pageservers how far they are, standbys which transactions
/// they still need and how far they are. Called from the readers' threads; those who talk to
/// proposers look at it, and wait for a pageserver's word.
public final class Readers {

  /// How far a standby is; an LSN that it did not tell is 0.
  public record StandbyReply(Lsn writeLsn, Lsn flushLsn, Lsn applyLsn, long timestampMicros) {

    public static final StandbyReply NONE =
        new StandbyReply(Lsn.INVALID, Lsn.INVALID, Lsn.INVALID, 0);
  }

  private final Map<Long, HotStandbyFeedback> standbys = new ConcurrentHashMap<>();
  private final Map<Long, StandbyReply> replies = new ConcurrentHashMap<>();
  private volatile Optional<PageserverFeedback> pageserver = Optional.empty();
  private final Runnable onChange;

  /// Grows with everything that is reported, after it can be seen.
  private final AtomicLong reportCount = new AtomicLong();

  /// Only for the condition and the count beside it; innermost, nothing is called under it.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition told = lock.newCondition();
  private final AtomicLong pageserverCount = new AtomicLong();

  /// @param onChange called when what the pageserver needs has changed
  Readers(Runnable onChange) {
    this.onChange = onChange;
  }

  /// Takes a pageserver's feedback. Of several pageservers the one that is furthest behind with
  /// what it has uploaded is not known to us; what it still needs is its own reader's business.
  public void pageserver(PageserverFeedback feedback) {
    Lsn before = remoteConsistentLsn();
    pageserver = Optional.of(feedback);
    reportCount.incrementAndGet();
    wake();
    if (!feedback.remoteConsistentLsn().equals(before)) {
      onChange.run();
    }
  }

  /// The newest feedback of a pageserver.
  public Optional<PageserverFeedback> pageserver() {
    return pageserver;
  }

  /// The LSN below which the pageserver needs no WAL, as reported since this process started.
  public Lsn remoteConsistentLsn() {
    return pageserver.map(PageserverFeedback::remoteConsistentLsn).orElse(Lsn.INVALID);
  }

  public void standby(long connection, HotStandbyFeedback feedback) {
    standbys.put(connection, feedback);
    reportCount.incrementAndGet();
  }

  public void standbyReply(long connection, StandbyReply reply) {
    replies.put(connection, reply);
  }

  public void gone(long connection) {
    replies.remove(connection);
    if (standbys.remove(connection) != null) {
      reportCount.incrementAndGet();
    }
  }

  /// Changes whenever what [#hotStandby] or [#pageserver] gives may have changed.
  public long reportCount() {
    return reportCount.get();
  }

  /// How often a pageserver has reported, or somebody has called [#wake].
  public long pageserverCount() {
    return pageserverCount.get();
  }

  /// Lets those who wait in [#awaitPageserver] look again.
  public void wake() {
    lock.lock();
    try {
      pageserverCount.incrementAndGet();
      told.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until [#pageserverCount] differs from `seen`, or the time is over.
  public void awaitPageserver(long seen, long millis) throws InterruptedException {
    lock.lock();
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
      while (nanos > 0 && pageserverCount.get() == seen) {
        nanos = told.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /// The oldest of what all standbys need, and when the last of them spoke.
  public HotStandbyFeedback hotStandby() {
    HotStandbyFeedback result = HotStandbyFeedback.NONE;
    for (HotStandbyFeedback feedback : standbys.values()) {
      result =
          new HotStandbyFeedback(
              Math.max(result.timestampMicros(), feedback.timestampMicros()),
              oldest(result.xmin(), feedback.xmin()),
              oldest(result.catalogXmin(), feedback.catalogXmin()));
    }
    return result;
  }

  /// How far the slowest standby is in each respect. Its apply LSN is the horizon below which no
  /// standby reads pages any more.
  public StandbyReply slowestStandby() {
    StandbyReply result = StandbyReply.NONE;
    for (StandbyReply reply : replies.values()) {
      result =
          new StandbyReply(
              slower(result.writeLsn(), reply.writeLsn()),
              slower(result.flushLsn(), reply.flushLsn()),
              slower(result.applyLsn(), reply.applyLsn()),
              Math.max(result.timestampMicros(), reply.timestampMicros()));
    }
    return result;
  }

  private static long oldest(long a, long b) {
    if (a == 0 || b == 0) {
      return a + b; // 0 is "none"
    }
    return Math.min(a, b);
  }

  private static Lsn slower(Lsn a, Lsn b) {
    if (!a.isValid() || !b.isValid()) {
      return a.isValid() ? a : b; // 0 is "not told"
    }
    return Lsn.min(a, b);
  }
}
