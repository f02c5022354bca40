/// The PostgreSQL wire protocol (versions 3.0 and 3.2), client and server side, over blocking
/// `SocketChannel`s: TCP and Unix-domain, with TLS or without. What a query means is its caller's
/// business. Safekeeper, pageserver and compute stand on it. The bytes are described in the package
/// `message`, the rules in `docs/pgwire.md`.
///
/// What must never break:
/// - a length from the peer is checked against a named limit before a byte is reserved for it;
/// - any bytes at all give a message, a clean end or a [ProtocolException], never another
///   exception;
/// - no wait on the peer is without a deadline, in either direction (see [Deadlines]); start-up has
///   one for all of it;
/// - the payload of CopyData is not copied: [CopyStream#payload] lies in the receive buffer, and a
///   view that [CopyStream#retain] gave out is never overwritten;
/// - after a failed read the socket is not read again.
///
/// Sources: PostgreSQL's documentation, chapter "Frontend/Backend Protocol"; RFC 5802 and RFC 7677
/// for SCRAM-SHA-256, RFC 5929 for its channel binding.
@NullMarked
package dev.argon.pgwire;

import org.jspecify.annotations.NullMarked;
