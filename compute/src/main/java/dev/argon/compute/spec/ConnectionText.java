package dev.argon.compute.spec;

import dev.argon.node.HostPort;

/// The address in a connection string: `host:port`, `postgresql://[user@]host:port[/...]`, or
/// libpq's `host=... port=...`. Everything but host and port is ignored.
final class ConnectionText {

  private static final int PORT_DEFAULT = 5432;

  private ConnectionText() {}

  /// @throws IllegalArgumentException if there is no host and port in it
  static HostPort parseHostPort(String text) {
    int scheme = text.indexOf("://");
    if (scheme >= 0) {
      String authority = text.substring(scheme + 3);
      int end = indexOfAny(authority, "/?");
      authority = end < 0 ? authority : authority.substring(0, end);
      return HostPort.parse(authority.substring(authority.lastIndexOf('@') + 1));
    }
    if (text.indexOf('=') < 0) {
      return HostPort.parse(text.strip());
    }
    String host = "";
    int port = PORT_DEFAULT;
    for (String item : text.strip().split("\\s+", -1)) {
      int equals = item.indexOf('=');
      if (item.startsWith("host=")) {
        host = item.substring(equals + 1);
      } else if (item.startsWith("port=")) {
        try {
          port = Integer.parseInt(item.substring(equals + 1));
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException("not a port: " + item, e);
        }
      }
    }
    return new HostPort(host, port);
  }

  private static int indexOfAny(String text, String characters) {
    for (int i = 0; i < text.length(); i++) {
      if (characters.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }
}
