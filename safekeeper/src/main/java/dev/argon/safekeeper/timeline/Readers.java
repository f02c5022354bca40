package dev.argon.safekeeper.timeline;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.PageserverFeedback;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the readers of a timeline report: pageservers how far they are, standbys which transactions
/// they still need. Called from the readers' threads.
public final class Readers {

  private final Map<Long, HotStandbyFeedback> standbys = new ConcurrentHashMap<>();
  private volatile Optional<PageserverFeedback> pageserver = Optional.empty();
  private final Runnable onChange;

  /// @param onChange called when what the pageserver needs has changed
  Readers(Runnable onChange) {
    this.onChange = onChange;
  }

  /// Takes a pageserver's feedback. Of several pageservers the one that is furthest behind with
  /// what it has uploaded is not known to us; what it still needs is its own reader's business.
  public void pageserver(PageserverFeedback feedback) {
    Lsn before = remoteConsistentLsn();
    pageserver = Optional.of(feedback);
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
  }

  public void gone(long connection) {
    standbys.remove(connection);
  }

  /// The oldest of what all standbys need.
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

  private static long oldest(long a, long b) {
    if (a == 0 || b == 0) {
      return a + b; // 0 is "none"
    }
    return Math.min(a, b);
  }
}
