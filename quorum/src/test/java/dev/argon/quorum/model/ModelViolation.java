package dev.argon.quorum.model;

/// Something that must never be.
final class ModelViolation extends RuntimeException {

  private static final long serialVersionUID = 1;

  ModelViolation(String what) {
    super(what);
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new ModelViolation(what);
    }
  }
}
