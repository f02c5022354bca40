package dev.argon.redo.fuzz;

/// What the fuzzer must not see and is no exception of the code under test.
final class FindingError extends Error {

  private static final long serialVersionUID = 1;

  FindingError(String message) {
    super(message);
  }
}
