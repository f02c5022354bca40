/// Messages of the PostgreSQL protocol as bytes and as types, without any I/O: who has bytes feeds
/// them to a [MessageParser] and takes messages; who wants to send encodes into a [MessageEncoder].
/// The package knows no socket, file or stream (a test holds it to that), so the same code serves
/// blocking connections, event loops, simulation, fuzzing and benchmarks.
///
/// Bytes: a message is a tag byte, a big-endian int32 length that counts itself but not the tag,
/// and a body. A startup packet has no tag; see [StartupPacket]. The bodies are described at the
/// records of [FrontendMessage], [BackendMessage] and [ReplicationMessage]. All integers are
/// big-endian, all strings UTF-8 and zero-terminated. Source: PostgreSQL 15 to 18, documentation,
/// chapter "Frontend/Backend Protocol", sections "Message Formats" and "Streaming Replication
/// Protocol"; protocol versions 3.0 and 3.2.
///
/// What must never break:
/// - any bytes at all give a message, "incomplete" or a [ProtocolErrorException], nothing else;
/// - a length is checked against a named limit before a byte is reserved for it;
/// - a body is a view of the receive buffer, and bytes under a live [MessageView] are never
///   overwritten;
/// - nothing is consumed before the message is complete.
@NullMarked
package dev.argon.pgwire.message;

import org.jspecify.annotations.NullMarked;
