package dev.argon.cli;

/// Ends the command with one line for the user that says what to do next.
public final class CliException extends Exception {

  private static final long serialVersionUID = 1;

  public CliException(String message) {
    super(message);
  }

  public CliException(String message, Throwable cause) {
    super(message, cause);
  }
}
