package dev.argon.pgwire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/// How the kernel finds out that a peer has vanished when nothing is being sent. Read timeouts find
/// a peer that is there and silent as well; this one also covers connections without a read
/// timeout.
///
/// @param idleSeconds silence before the first probe
/// @param intervalSeconds between two probes
/// @param count probes without an answer before the connection is broken
public record TcpKeepalive(int idleSeconds, int intervalSeconds, int count) {

  /// A vanished peer is found after two minutes.
  public static final TcpKeepalive USUAL = new TcpKeepalive(60, 15, 4);

  /// Sets this and TCP_NODELAY, if `channel` is TCP.
  void apply(SocketChannel channel) throws IOException {
    if (!(channel.getLocalAddress() instanceof InetSocketAddress)) {
      return;
    }
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, idleSeconds);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, intervalSeconds);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, count);
  }
}
