package dev.argon.pgwire;

import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/// How to reach and talk to a server.
///
/// @param address TCP or Unix-domain
/// @param password for cleartext and SCRAM; empty if none
/// @param parameters further startup parameters: `options`, `replication`, `application_name`, ...
/// @param connectTimeoutMillis for connecting and authentication together, at most for each wait
/// @param readTimeoutMillis the longest silence of the server; 0 is no limit
/// @param writeTimeoutMillis how long the server may not read; 0 is no limit
/// @param messageBytesMax the longest message accepted from the server
/// @param receiveBufferBytes the receive buffer's first size
public record PgClientSettings(
    SocketAddress address,
    String user,
    String database,
    String password,
    Map<String, String> parameters,
    long connectTimeoutMillis,
    long readTimeoutMillis,
    long writeTimeoutMillis,
    int messageBytesMax,
    int receiveBufferBytes) {

  /// No password, ten seconds to connect, no limit on silence, a minute for writing.
  public static PgClientSettings of(SocketAddress address, String user, String database) {
    return new PgClientSettings(
        address, user, database, "", Map.of(), 10_000, 0, 60_000, 64 << 20, 32 << 10);
  }

  public PgClientSettings withPassword(String newPassword) {
    return new PgClientSettings(
        address,
        user,
        database,
        newPassword,
        parameters,
        connectTimeoutMillis,
        readTimeoutMillis,
        writeTimeoutMillis,
        messageBytesMax,
        receiveBufferBytes);
  }

  /// One more startup parameter.
  public PgClientSettings with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(parameters);
    more.put(name, value);
    return new PgClientSettings(
        address,
        user,
        database,
        password,
        Map.copyOf(more),
        connectTimeoutMillis,
        readTimeoutMillis,
        writeTimeoutMillis,
        messageBytesMax,
        receiveBufferBytes);
  }

  /// Physical replication mode: the server takes replication commands only.
  public PgClientSettings withReplication() {
    return with("replication", "true");
  }

  public PgClientSettings withTimeouts(long connectMillis, long readMillis, long writeMillis) {
    return new PgClientSettings(
        address,
        user,
        database,
        password,
        parameters,
        connectMillis,
        readMillis,
        writeMillis,
        messageBytesMax,
        receiveBufferBytes);
  }

  public PgClientSettings withReceiveBuffer(int bytes) {
    return new PgClientSettings(
        address,
        user,
        database,
        password,
        parameters,
        connectTimeoutMillis,
        readTimeoutMillis,
        writeTimeoutMillis,
        messageBytesMax,
        bytes);
  }

  @Override
  public String toString() {
    return "PgClientSettings[" + address + ", user " + user + ", database " + database + ']';
  }
}
