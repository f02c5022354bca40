package dev.argon.pgwire;

import java.util.Map;
import java.util.concurrent.ThreadFactory;

/// The limits of a [PgServer]. All times in milliseconds, 0 is no limit.
///
/// @param threads makes the thread of each connection
/// @param authentication who is let in
/// @param connectionsMax connections at a time; one more is told so and closed
/// @param queryBytesMax the longest message outside COPY
/// @param copyBytesMax the longest CopyData message
/// @param receiveBufferBytes the receive buffer's first size
/// @param startupTimeoutMillis how long start-up and authentication may wait for the client
/// @param idleTimeoutMillis how long a connection may send nothing at all
/// @param writeTimeoutMillis how long a client may not read what it is sent
/// @param parameterStatus told to each client after it is let in
public record PgServerSettings(
    ThreadFactory threads,
    Authentication authentication,
    int connectionsMax,
    int queryBytesMax,
    int copyBytesMax,
    int receiveBufferBytes,
    long startupTimeoutMillis,
    long idleTimeoutMillis,
    long writeTimeoutMillis,
    Map<String, String> parameterStatus) {

  /// A storage process on loopback: platform threads named after `name`, trust, ten minutes idle.
  public static PgServerSettings storage(String name) {
    return new PgServerSettings(
        Thread.ofPlatform().daemon().name(name + "-", 1).factory(),
        Authentication.trust(),
        500,
        1 << 20,
        256 << 10,
        16 << 10,
        10_000,
        600_000,
        60_000,
        Map.of(
            "client_encoding", "UTF8",
            "integer_datetimes", "on",
            "server_version", "15.0",
            "server_encoding", "UTF8",
            "standard_conforming_strings", "on"));
  }

  /// The same with other limits on a COPY.
  public PgServerSettings withCopyBytesMax(int bytes) {
    return new PgServerSettings(
        threads,
        authentication,
        connectionsMax,
        queryBytesMax,
        bytes,
        receiveBufferBytes,
        startupTimeoutMillis,
        idleTimeoutMillis,
        writeTimeoutMillis,
        parameterStatus);
  }

  /// The same with other time limits.
  public PgServerSettings withTimeouts(long startupMillis, long idleMillis, long writeMillis) {
    return new PgServerSettings(
        threads,
        authentication,
        connectionsMax,
        queryBytesMax,
        copyBytesMax,
        receiveBufferBytes,
        startupMillis,
        idleMillis,
        writeMillis,
        parameterStatus);
  }

  /// The same with another thread factory.
  public PgServerSettings withThreads(ThreadFactory factory) {
    return new PgServerSettings(
        factory,
        authentication,
        connectionsMax,
        queryBytesMax,
        copyBytesMax,
        receiveBufferBytes,
        startupTimeoutMillis,
        idleTimeoutMillis,
        writeTimeoutMillis,
        parameterStatus);
  }
}
