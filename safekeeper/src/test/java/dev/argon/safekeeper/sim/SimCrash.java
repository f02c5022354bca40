package dev.argon.safekeeper.sim;

/// The process ends here: no code of it may run on.
final class SimCrash extends Error {

  private static final long serialVersionUID = 1;

  SimCrash() {
    super("crash", null, false, false);
  }
}
