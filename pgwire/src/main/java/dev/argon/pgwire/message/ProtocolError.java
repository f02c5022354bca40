package dev.argon.pgwire.message;

/// What can be wrong with bytes from a peer. The lowest of three layers that build on each other:
/// this one (parser, no I/O), `ConnectionError` (a connection: I/O or this), `QueryError` (a query
/// that failed: the connection, or anything else).
public sealed interface ProtocolError {

  /// One line: what was wrong, with the offending value.
  String text();

  /// Framing or order of messages is broken: an unknown tag, a length out of range, a message where
  /// another was due.
  record Violation(String text) implements ProtocolError {}

  /// The frame is whole, its body cannot be decoded.
  record BadMessage(String text) implements ProtocolError {}
}
