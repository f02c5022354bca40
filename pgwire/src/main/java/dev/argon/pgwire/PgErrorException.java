package dev.argon.pgwire;

/// An error that travels as an ErrorResponse. On the client side: what the server answered; the
/// connection stays usable unless the error's severity is FATAL. On the server side: thrown by a
/// [QueryHandler] to refuse a query.
public final class PgErrorException extends Exception {

  private static final long serialVersionUID = 1;

  private final transient PgError error;

  public PgErrorException(PgError error) {
    super(error.toString());
    this.error = error;
  }

  public PgErrorException(PgError error, Throwable cause) {
    super(error.toString(), cause);
    this.error = error;
  }

  /// An ERROR with this SQLSTATE.
  public PgErrorException(String sqlState, String message) {
    this(PgError.error(sqlState, message));
  }

  public PgError error() {
    return error;
  }

  public String sqlState() {
    return error.sqlState();
  }
}
