package dev.argon.pgwire;

import dev.argon.pgwire.message.ParserLimits;
import dev.argon.pgwire.tls.ClientTls;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/// How to reach and talk to a server.
///
/// @param address TCP or Unix-domain; TLS is for TCP only
/// @param password for cleartext and SCRAM, or a token; empty if none
/// @param parameters further startup parameters: `options`, `replication`, `application_name`, ...
/// @param tls whether and how the connection is encrypted
/// @param limits of memory and time
public record PgClientSettings(
    SocketAddress address,
    String user,
    String database,
    String password,
    Map<String, String> parameters,
    ClientTls tls,
    Limits limits) {

  /// @param connectTimeoutMillis for connecting, TLS and authentication altogether
  /// @param readTimeoutMillis the longest silence of the server; 0 is no limit
  /// @param writeTimeoutMillis how long the server may not read; 0 is no limit
  /// @param messageBytesMax the longest message accepted from the server
  /// @param receiveBufferBytes the receive buffer's usual size
  /// @param protocolMinor of protocol version 3: 0, or 2 (PostgreSQL 18: long cancel keys); a
  ///   server that knows only 3.0 says so and gets it
  public record Limits(
      long connectTimeoutMillis,
      long readTimeoutMillis,
      long writeTimeoutMillis,
      int messageBytesMax,
      int receiveBufferBytes,
      int protocolMinor) {

    /// The caller has chosen the server, so the limit on messages is trusted as a whole.
    ParserLimits ofParser() {
      return new ParserLimits(
          messageBytesMax, receiveBufferBytes, messageBytesMax, ParserLimits.PINNED_BYTES_MAX);
    }
  }

  /// No password, no TLS, ten seconds to connect, no limit on silence, a minute for writing.
  public static PgClientSettings of(SocketAddress address, String user, String database) {
    return new PgClientSettings(
        address,
        user,
        database,
        "",
        Map.of(),
        ClientTls.disabled(),
        new Limits(10_000, 0, 60_000, 64 << 20, 32 << 10, 0));
  }

  public PgClientSettings withPassword(String newPassword) {
    return new PgClientSettings(address, user, database, newPassword, parameters, tls, limits);
  }

  public PgClientSettings withTls(ClientTls newTls) {
    return new PgClientSettings(address, user, database, password, parameters, newTls, limits);
  }

  /// One more startup parameter.
  public PgClientSettings with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(parameters);
    more.put(name, value);
    return new PgClientSettings(address, user, database, password, Map.copyOf(more), tls, limits);
  }

  /// Physical replication mode: the server takes replication commands only.
  public PgClientSettings withReplication() {
    return with("replication", "true");
  }

  public PgClientSettings withTimeouts(long connectMillis, long readMillis, long writeMillis) {
    return with(
        new Limits(
            connectMillis,
            readMillis,
            writeMillis,
            limits.messageBytesMax(),
            limits.receiveBufferBytes(),
            limits.protocolMinor()));
  }

  public PgClientSettings withReceiveBuffer(int bytes) {
    return with(
        new Limits(
            limits.connectTimeoutMillis(),
            limits.readTimeoutMillis(),
            limits.writeTimeoutMillis(),
            limits.messageBytesMax(),
            bytes,
            limits.protocolMinor()));
  }

  /// Asks for protocol 3.2 or later minor versions.
  public PgClientSettings withProtocolMinor(int minor) {
    return with(
        new Limits(
            limits.connectTimeoutMillis(),
            limits.readTimeoutMillis(),
            limits.writeTimeoutMillis(),
            limits.messageBytesMax(),
            limits.receiveBufferBytes(),
            minor));
  }

  public PgClientSettings with(Limits newLimits) {
    return new PgClientSettings(address, user, database, password, parameters, tls, newLimits);
  }

  @Override
  public String toString() {
    return "PgClientSettings[" + address + ", user " + user + ", database " + database + ']';
  }
}
