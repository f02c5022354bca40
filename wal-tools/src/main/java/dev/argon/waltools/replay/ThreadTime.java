package dev.argon.waltools.replay;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// How long a thread was at work: its processor time, which is not moved by what else the machine
/// does; elapsed time where the system does not tell.
final class ThreadTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean IS_KNOWN = THREADS.isCurrentThreadCpuTimeSupported();

  private ThreadTime() {}

  /// Of the calling thread, in nanoseconds since any moment.
  static long nanos() {
    return IS_KNOWN ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
  }
}
