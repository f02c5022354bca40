package dev.argon.controlplane.endpoint;

import java.time.Duration;
import java.util.Optional;

/// How long a compute may take to start. A replica may have much to replay, or wait for a long
/// transaction of its primary to end, before it can answer: another start would only do the same
/// again. So its time begins anew as long as it tells that it gets on, or what it waits for.
final class StartPatience {

  private final Duration limit;
  private long sinceNanos;
  private Optional<String> replayed = Optional.empty();

  StartPatience(Duration limit, long nowNanos) {
    this.limit = limit;
    sinceNanos = nowNanos;
  }

  /// What the compute says of itself.
  void heard(ComputeStatus status, long nowNanos) {
    Optional<String> now = Optional.ofNullable(status.replayLsn());
    if (now.isPresent() && (status.awaitsSnapshot() || !now.equals(replayed))) {
      sinceNanos = nowNanos;
    }
    replayed = now;
  }

  boolean isOver(long nowNanos) {
    return nowNanos - sinceNanos >= limit.toNanos();
  }
}
