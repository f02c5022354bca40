package dev.argon.compute.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/// Free TCP ports.
public final class Ports {

  private Ports() {}

  /// A port that was free a moment ago.
  public static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
