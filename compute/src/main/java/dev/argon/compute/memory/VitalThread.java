package dev.argon.compute.memory;

import dev.argon.node.MainExit;

/// Threads without which PostgreSQL would wait for ever: if one ends with an exception this process
/// ends, and the server with it, so that a new start can go on.
public final class VitalThread {

  private VitalThread() {}

  /// A platform thread, not started.
  public static Thread of(String name, Runnable work) {
    return Thread.ofPlatform()
        .name(name)
        .uncaughtExceptionHandler(MainExit::threadFailed)
        .unstarted(work);
  }
}
