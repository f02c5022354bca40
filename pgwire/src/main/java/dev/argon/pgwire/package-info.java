/// The PostgreSQL wire protocol (version 3), client and server side, over blocking
/// `SocketChannel`s: TCP and Unix-domain. It knows framing, start-up, authentication, simple
/// queries and the COPY streams that carry WAL and pages; what a query means is its caller's
/// business. Safekeeper, pageserver and compute stand on it.
///
/// What must never break:
/// - a length from the peer is checked against a named limit before a byte is reserved for it;
/// - any bytes at all give a message, a clean end or a [ProtocolException], never another
///   exception;
/// - no wait on the peer is without a deadline, in either direction (see [Deadlines]);
/// - the payload of CopyData is not copied: [CopyStream#payload] lies in the receive buffer.
///
/// Sources of the formats: PostgreSQL's documentation, chapter "Frontend/Backend Protocol"; RFC
/// 5802 and RFC 7677 for SCRAM-SHA-256.
@NullMarked
package dev.argon.pgwire;

import org.jspecify.annotations.NullMarked;
