package dev.argon.pgwire;

/// Why a query has failed: the upper one of three layers of errors. What the client is told and how
/// it is logged depends on nothing else.
public sealed interface QueryError {

  /// The connection is gone: nobody is there to be answered.
  record Disconnected(ConnectionError error) implements QueryError {}

  /// Anything else, to be reported to the client.
  record Other(Throwable cause) implements QueryError {}

  default String sqlState() {
    return switch (this) {
      case Disconnected _ -> SqlState.CONNECTION_FAILURE;
      case Other(PgErrorException refusal) -> refusal.sqlState();
      case Other _ -> SqlState.INTERNAL_ERROR;
    };
  }

  /// One line with the causes of the causes.
  default String text() {
    return switch (this) {
      case Disconnected(ConnectionError error) -> error.text();
      case Other(Throwable cause) -> chain(cause);
    };
  }

  private static String chain(Throwable failure) {
    StringBuilder text = new StringBuilder();
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 10; depth++) {
      String message = at.getMessage() == null ? at.getClass().getSimpleName() : at.getMessage();
      if (text.indexOf(message) < 0) {
        text.append(text.isEmpty() ? "" : ": ").append(message);
      }
      at = at.getCause();
    }
    return text.toString();
  }
}
