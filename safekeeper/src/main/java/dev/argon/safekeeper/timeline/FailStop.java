package dev.argon.safekeeper.timeline;

/// Ends the process because its disk cannot be trusted any more.
@FunctionalInterface
public interface FailStop {

  /// Does not return in a real process: nothing may be answered afterwards.
  void stop(String reason, Throwable cause);
}
