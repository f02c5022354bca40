package dev.argon.node;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// How a process learns that it shall end: SIGTERM, SIGINT or its own wish. The main thread waits
/// in [#await()], closes what it has opened and returns its exit code; the signal's own exit code
/// (143) is replaced by that one, so 0 means "stopped as asked".
public final class Shutdown {

  /// A process that has not closed everything by then is ended hard; the launcher's patience is
  /// longer.
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(60);

  private static final int CLOSE_TIMED_OUT = 124;

  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile int exitCode = CLOSE_TIMED_OUT;

  private Shutdown() {}

  /// Registers for the signals; once per process.
  static Shutdown install() {
    Shutdown shutdown = new Shutdown();
    Runtime.getRuntime().addShutdownHook(new Thread(shutdown::onSignal, "shutdown"));
    return shutdown;
  }

  /// For tests: a stop that no signal reaches.
  public static Shutdown withoutSignals() {
    return new Shutdown();
  }

  /// Blocks until somebody asks the process to end.
  public void await() throws InterruptedException {
    requested.await();
  }

  /// As [#await()], for at most `timeout`.
  ///
  /// @return whether the end was asked for
  public boolean await(Duration timeout) throws InterruptedException {
    return requested.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Asks the process to end, as SIGTERM does. Does not wait.
  public void request() {
    requested.countDown();
  }

  public boolean isRequested() {
    return requested.getCount() == 0;
  }

  /// The main thread is done: ends the JVM with this code.
  void ended(int code) {
    exitCode = code;
    requested.countDown();
    ended.countDown();
    System.exit(code);
  }

  private void onSignal() {
    requested.countDown();
    try {
      if (!ended.await(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        System.err.println("not closed " + CLOSE_TIMEOUT.toSeconds() + " s after the stop: ending");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.flush();
    Runtime.getRuntime().halt(exitCode);
  }
}
