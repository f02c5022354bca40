package dev.argon.node;

/// Ends the process with one line for the user and an exit code.
public final class ExitException extends Exception {

  private static final long serialVersionUID = 1;

  /// The reason lies in the configuration, the directory or the machine: a new start would fail the
  /// same way.
  public static final int COULD_NOT_START = 4;

  private final int exitCode;

  public ExitException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public ExitException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public int exitCode() {
    return exitCode;
  }
}
