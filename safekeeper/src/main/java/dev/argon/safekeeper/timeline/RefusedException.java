package dev.argon.safekeeper.timeline;

/// A request that this safekeeper does not serve. The message is for whoever asked.
public final class RefusedException extends Exception {

  private static final long serialVersionUID = 1;

  private final String sqlState;

  public RefusedException(String sqlState, String message) {
    super(message);
    this.sqlState = sqlState;
  }

  public RefusedException(String sqlState, String message, Throwable cause) {
    super(message, cause);
    this.sqlState = sqlState;
  }

  public String sqlState() {
    return sqlState;
  }

  public String reason() {
    return String.valueOf(getMessage());
  }
}
