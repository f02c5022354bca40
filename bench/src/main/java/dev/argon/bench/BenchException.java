package dev.argon.bench;

/// Ends the run with one line for the user.
final class BenchException extends Exception {

  private static final long serialVersionUID = 1;

  BenchException(String message) {
    super(message);
  }
}
