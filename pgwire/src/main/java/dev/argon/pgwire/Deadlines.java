package dev.argon.pgwire;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Ends waits on peers that have gone silent. A blocking `SocketChannel` knows no timeout, so one
/// daemon thread looks at all armed deadlines a few times a second and closes the channel of those
/// that have passed; the thread that waits in `read` or `write` then gets an exception at once.
public final class Deadlines {

  private static final long SWEEP_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final System.Logger LOGGER = System.getLogger(Deadlines.class.getName());
  private static final Deadlines SHARED = new Deadlines();

  private final Set<Deadline> deadlines = ConcurrentHashMap.newKeySet();
  private final Thread sweeper;

  private Deadlines() {
    sweeper = Thread.ofPlatform().daemon().name("deadlines").unstarted(this::sweep);
    sweeper.start();
  }

  /// The one of this process.
  public static Deadlines shared() {
    return SHARED;
  }

  /// A deadline, not armed yet, that closes `channel`. [Deadline#release] must be called when the
  /// channel is no longer used.
  public Deadline on(Channel channel) {
    Deadline deadline = new Deadline(channel);
    if (deadlines.add(deadline) && deadlines.size() == 1) {
      LockSupport.unpark(sweeper);
    }
    return deadline;
  }

  private void sweep() {
    while (true) {
      if (deadlines.isEmpty()) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, SWEEP_INTERVAL_NANOS);
      }
      long now = System.nanoTime();
      for (Deadline deadline : deadlines) {
        deadline.closeIfPassed(now);
      }
    }
  }

  /// One direction of one channel. Armed and disarmed by the thread that waits.
  public final class Deadline {

    /// The moment in nanoseconds of [System#nanoTime]; 0 is "not armed".
    private volatile long atNanos;

    private volatile boolean expired;
    private final Channel channel;

    private Deadline(Channel channel) {
      this.channel = channel;
    }

    /// From now on the peer has `millis`; 0 or less is "no limit".
    public void arm(long millis) {
      if (millis <= 0) {
        atNanos = 0;
        return;
      }
      long at = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      atNanos = at == 0 ? 1 : at;
    }

    public void disarm() {
      atNanos = 0;
    }

    /// Whether it passed and the channel was closed for it.
    public boolean expired() {
      return expired;
    }

    public void release() {
      atNanos = 0;
      deadlines.remove(this);
    }

    private void closeIfPassed(long now) {
      long at = atNanos;
      if (at == 0 || now - at < 0 || expired) {
        return;
      }
      expired = true;
      try {
        channel.close();
      } catch (IOException e) {
        LOGGER.log(Level.DEBUG, "closing a channel whose deadline has passed", e);
      }
    }
  }
}
