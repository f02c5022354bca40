package dev.argon.safekeeper.sim;

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
}
