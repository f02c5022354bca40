package dev.argon.compute.spec;

/// A spec that cannot be run. The message is one line: the field and what is wrong with it.
public final class SpecException extends Exception {

  private static final long serialVersionUID = 1;

  public SpecException(String message) {
    super(message);
  }

  public SpecException(String message, Throwable cause) {
    super(message, cause);
  }
}
