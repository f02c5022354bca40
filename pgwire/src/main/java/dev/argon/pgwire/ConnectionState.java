package dev.argon.pgwire;

/// The life of a server's connection; it only moves forward.
public enum ConnectionState {
  /// Nothing agreed on.
  INITIALIZATION,
  /// TLS is up.
  ENCRYPTED,
  /// The startup packet was read; who the client is is being found out.
  AUTHENTICATION,
  /// Queries are answered.
  ESTABLISHED,
  /// The end of the stream was seen, or reading has failed: nothing is read any more.
  CLOSED
}
