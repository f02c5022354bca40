package dev.argon.pgwire;

import java.io.IOException;

/// What a server does with a simple query.
@FunctionalInterface
public interface QueryHandler {

  /// Answers one query: rows and a CommandComplete, or a COPY stream. ReadyForQuery is sent by the
  /// caller. Runs on the connection's own thread.
  ///
  /// @throws PgErrorException becomes an ErrorResponse; if a COPY had begun or the severity is
  ///   FATAL the connection is closed after it
  /// @throws IOException ends the connection without a word
  void query(PgConnection connection, String text) throws IOException, PgErrorException;
}
