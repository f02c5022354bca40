package dev.argon.safekeeper.stream;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/// Logs sends that take long: their peer does not read, or the network is slow.
public final class SlowSends {

  private static final System.Logger LOGGER = System.getLogger(SlowSends.class.getName());

  private final long slowNanos;

  /// @param slowMillis what takes longer is logged
  public SlowSends(long slowMillis) {
    slowNanos = TimeUnit.MILLISECONDS.toNanos(slowMillis);
  }

  /// To be called after a send, done or failed, that began at `begunNanos` of [System#nanoTime].
  ///
  /// @return the time now
  public long done(long begunNanos) {
    long now = System.nanoTime();
    if (now - begunNanos > slowNanos) {
      LOGGER.log(
          Level.WARNING,
          "a slow send: it took {0} ms",
          Long.toString(TimeUnit.NANOSECONDS.toMillis(now - begunNanos)));
    }
    return now;
  }
}
