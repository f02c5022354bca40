package dev.argon.compute.memory;

import java.lang.System.Logger.Level;

/// Threads without which PostgreSQL would wait for ever: if one ends with an exception this process
/// ends, and the server with it, so that a new start can go on.
public final class VitalThread {

  /// Of the process; not one that a supervisor takes for an ordered end.
  private static final int EXIT_CODE = 70;

  private VitalThread() {}

  /// A platform thread, not started.
  public static Thread of(String name, Runnable work) {
    return Thread.ofPlatform()
        .name(name)
        .uncaughtExceptionHandler(VitalThread::end)
        .unstarted(work);
  }

  private static void end(Thread thread, Throwable reason) {
    System.getLogger(VitalThread.class.getName())
        .log(Level.ERROR, "thread " + thread.getName() + " failed, this process ends", reason);
    Runtime.getRuntime().halt(EXIT_CODE);
  }
}
