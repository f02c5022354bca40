package dev.argon.waltools;

/// What the user asked for cannot be done, or did not turn out true. The message is the one line
/// that the user sees.
public final class WalToolsException extends Exception {

  private static final long serialVersionUID = 1;

  public WalToolsException(String message) {
    super(message);
  }

  public WalToolsException(String message, Throwable cause) {
    super(message, cause);
  }
}
