package dev.argon.safekeeper.sim;

import java.util.function.Supplier;

/// Something that must never be.
final class Violation extends AssertionError {

  private static final long serialVersionUID = 1;

  Violation(String what) {
    super(what);
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new Violation(what);
    }
  }

  /// For what takes time to say: every step of a run checks something.
  static void check(boolean holds, Supplier<String> what) {
    if (!holds) {
      throw new Violation(what.get());
    }
  }
}
