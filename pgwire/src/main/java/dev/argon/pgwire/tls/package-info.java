/// TLS under the PostgreSQL protocol: the JDK's `SSLEngine` as a blocking byte channel, keys and
/// certificates from PEM files, what each side of a connection asks for, and the hash that binds
/// SCRAM to the certificate (`tls-server-end-point`, RFC 5929).
///
/// Used by the connections of the package above it; processes make [ServerTls] and [ClientTls] out
/// of their settings, and may take a context from [PemFiles] for their HTTP surface too.
///
/// What must never break: no byte goes out unencrypted once TLS is demanded; reading and writing
/// may happen in two threads at a time; a peer that never finishes its handshake is ended by the
/// connection's deadline, because every wait is a read or write of the socket below.
@NullMarked
package dev.argon.pgwire.tls;

import org.jspecify.annotations.NullMarked;
