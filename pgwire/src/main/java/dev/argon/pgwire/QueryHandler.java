package dev.argon.pgwire;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// What a server does with a query.
@FunctionalInterface
public interface QueryHandler {

  /// Answers one query: rows and a CommandComplete, or a COPY stream. ReadyForQuery is sent by the
  /// caller. Runs on the connection's own thread. In the extended protocol it runs when the client
  /// executes; what the protocol does not want to see there (a description nobody asked for) is
  /// left out by [PgConnection].
  ///
  /// @throws PgErrorException becomes an ErrorResponse; if a COPY had begun or the severity is
  ///   FATAL the connection is closed after it
  /// @throws IOException if it is how the connection failed: ends it without a word. Any other one
  ///   (a file, another node) is logged and becomes an ErrorResponse with SQLSTATE XX000 that tells
  ///   the chain of causes
  void query(PgConnection connection, String text) throws IOException, PgErrorException;

  /// The columns that `text` would return, for clients that describe a statement before they
  /// execute it. Empty if that is not known before; such clients then expect no rows.
  default Optional<List<String>> columns(PgConnection connection, String text) {
    return Optional.empty();
  }
}
