package dev.argon.node;

import java.net.InetSocketAddress;

/// A TCP address in text form, `host:port`; IPv6 in brackets. Port 0 asks the system for a free
/// one.
public record HostPort(String host, int port) {

  private static final int PORT_MAX = 65535;

  public HostPort {
    if (host.isEmpty() || port < 0 || port > PORT_MAX) {
      throw new IllegalArgumentException("not an address (host:port): " + host + ":" + port);
    }
  }

  /// Reads `host:port` or `[v6]:port`.
  ///
  /// @throws IllegalArgumentException if `text` has another form
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("not an address (host:port): " + text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("not an address (IPv6 needs brackets): " + text);
    }
    try {
      return new HostPort(host, Integer.parseInt(text, colon + 1, text.length(), 10));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not an address (host:port): " + text, e);
    }
  }

  /// The address for a socket; resolves the host.
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  public HostPort withPort(int newPort) {
    return new HostPort(host, newPort);
  }

  /// `http://host:port`, without a slash at the end.
  public String httpUrl() {
    return "http://" + this;
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
