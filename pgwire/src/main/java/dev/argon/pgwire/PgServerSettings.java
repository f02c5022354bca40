package dev.argon.pgwire;

import dev.argon.pgwire.message.ParserLimits;
import dev.argon.pgwire.tls.ServerTls;
import java.util.Map;
import java.util.concurrent.ThreadFactory;

/// What a [PgServer] offers and what it limits.
///
/// @param threads makes the thread of each connection
/// @param tls whether and how connections are encrypted
/// @param authentication who is let in
/// @param limits of memory and time
/// @param keepalive of TCP connections
/// @param parameterStatus told to each client after it is let in
public record PgServerSettings(
    ThreadFactory threads,
    ServerTls tls,
    Authentication authentication,
    Limits limits,
    TcpKeepalive keepalive,
    Map<String, String> parameterStatus) {

  /// All times in milliseconds, 0 is no limit.
  ///
  /// @param connectionsMax connections at a time; one more is told so and closed
  /// @param queryBytesMax the longest message outside COPY, tag included
  /// @param copyBytesMax the longest message inside COPY, tag included
  /// @param receiveBufferBytes the receive buffer's usual size
  /// @param pinnedBytesMax how much of former receive buffers a connection's retained messages may
  ///   keep; beyond it the connection reads no more until some are closed
  /// @param startupTimeoutMillis for start-up, TLS and authentication altogether
  /// @param idleTimeoutMillis how long a connection may send nothing at all
  /// @param writeTimeoutMillis how long a client may not read what it is sent
  public record Limits(
      int connectionsMax,
      int queryBytesMax,
      int copyBytesMax,
      int receiveBufferBytes,
      long pinnedBytesMax,
      long startupTimeoutMillis,
      long idleTimeoutMillis,
      long writeTimeoutMillis) {

    ParserLimits ofParser() {
      return new ParserLimits(
          queryBytesMax, receiveBufferBytes, ParserLimits.TRUSTED_BYTES, pinnedBytesMax);
    }

    Limits withCopyBytesMax(int bytes) {
      return new Limits(
          connectionsMax,
          queryBytesMax,
          bytes,
          receiveBufferBytes,
          pinnedBytesMax,
          startupTimeoutMillis,
          idleTimeoutMillis,
          writeTimeoutMillis);
    }

    Limits withConnectionsMax(int connections) {
      return new Limits(
          connections,
          queryBytesMax,
          copyBytesMax,
          receiveBufferBytes,
          pinnedBytesMax,
          startupTimeoutMillis,
          idleTimeoutMillis,
          writeTimeoutMillis);
    }

    Limits withTimeouts(long startupMillis, long idleMillis, long writeMillis) {
      return new Limits(
          connectionsMax,
          queryBytesMax,
          copyBytesMax,
          receiveBufferBytes,
          pinnedBytesMax,
          startupMillis,
          idleMillis,
          writeMillis);
    }
  }

  /// A storage process on loopback: platform threads named after `name`, no TLS, trust, ten minutes
  /// idle.
  public static PgServerSettings storage(String name) {
    return new PgServerSettings(
        Thread.ofPlatform().daemon().name(name + "-", 1).factory(),
        ServerTls.off(),
        Authentication.trust(),
        new Limits(
            500,
            1 << 20,
            256 << 10,
            16 << 10,
            ParserLimits.PINNED_BYTES_MAX,
            10_000,
            600_000,
            60_000),
        TcpKeepalive.USUAL,
        Map.of(
            "client_encoding", "UTF8",
            "integer_datetimes", "on",
            "server_version", "15.0",
            "server_encoding", "UTF8",
            "standard_conforming_strings", "on"));
  }

  /// The same with other limits on a COPY.
  public PgServerSettings withCopyBytesMax(int bytes) {
    return with(limits.withCopyBytesMax(bytes));
  }

  /// The same for more or fewer connections at a time.
  public PgServerSettings withConnectionsMax(int connections) {
    return with(limits.withConnectionsMax(connections));
  }

  /// The same with other time limits.
  public PgServerSettings withTimeouts(long startupMillis, long idleMillis, long writeMillis) {
    return with(limits.withTimeouts(startupMillis, idleMillis, writeMillis));
  }

  /// The same with other limits.
  public PgServerSettings with(Limits newLimits) {
    return new PgServerSettings(
        threads, tls, authentication, newLimits, keepalive, parameterStatus);
  }

  /// The same with another thread factory.
  public PgServerSettings withThreads(ThreadFactory factory) {
    return new PgServerSettings(factory, tls, authentication, limits, keepalive, parameterStatus);
  }

  /// The same with TLS.
  public PgServerSettings withTls(ServerTls newTls) {
    return new PgServerSettings(
        threads, newTls, authentication, limits, keepalive, parameterStatus);
  }

  /// The same with another way of finding out who the clients are.
  public PgServerSettings withAuthentication(Authentication newAuthentication) {
    return new PgServerSettings(
        threads, tls, newAuthentication, limits, keepalive, parameterStatus);
  }
}
