package dev.argon.compute.postgres;

/// Signals as PostgreSQL's postmaster understands them (postmaster.c); Linux numbers.
public enum Signal {
  /// Reads the configuration files again.
  HANGUP(1),
  /// Fast shutdown: ends the sessions, writes the shutdown checkpoint.
  INTERRUPT(2),
  /// Immediate shutdown: no checkpoint.
  QUIT(3),
  KILL(9);

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
