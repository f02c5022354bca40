package dev.argon.pgwire;

import dev.argon.pgwire.tls.TlsChannel;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/// Makes a socket of an encrypted connection, for who needs a selector and no keys: two threads
/// carry its bytes over a pair of sockets within the machine. When one side ends, so does the
/// other, and both threads with them:
///
/// - the owner closes the near end: the thread outward reads the end there, or is still writing to
///   a peer that takes nothing, which has a deadline;
/// - the peer ends: the thread inward reads that, and has handed on all that came before.
///
/// How long the peer may be silent is for the owner to watch, as without TLS.
final class PlainBridge {

  private static final System.Logger LOGGER = System.getLogger(PlainBridge.class.getName());
  private static final int PIECE_BYTES = 64 << 10;

  private final SocketChannel socket;
  private final SocketChannel far;

  private PlainBridge(SocketChannel socket, SocketChannel far) {
    this.socket = socket;
    this.far = far;
  }

  /// @param socket below `encrypted`
  /// @param writeTimeoutMillis how long the peer may take nothing
  /// @return the near end
  static SocketChannel over(SocketChannel socket, TlsChannel encrypted, long writeTimeoutMillis)
      throws IOException {
    SocketChannel near = SocketChannel.open();
    boolean done = false;
    try {
      SocketChannel far = pair(near);
      PlainBridge bridge = new PlainBridge(socket, far);
      Deadlines.Deadline deadline = Deadlines.shared().on(socket);
      bridge.start(
          "bridge-out",
          () -> {
            try {
              carry(far, piece -> within(deadline, writeTimeoutMillis, encrypted, piece));
            } finally {
              deadline.release();
            }
          });
      bridge.start("bridge-in", () -> carry(encrypted, piece -> writeAll(far, piece)));
      done = true;
      return near;
    } finally {
      if (!done) {
        near.close();
      }
    }
  }

  /// Connects `near` with a socket of this process.
  private static SocketChannel pair(SocketChannel near) throws IOException {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      near.connect(listener.getLocalAddress());
      SocketChannel far = listener.accept();
      if (!far.getRemoteAddress().equals(near.getLocalAddress())) {
        far.close();
        throw new IOException("somebody else has connected to the bridge of a connection");
      }
      TcpKeepalive.USUAL.apply(near);
      TcpKeepalive.USUAL.apply(far);
      return far;
    }
  }

  @FunctionalInterface
  private interface Direction {
    void run() throws IOException;
  }

  @FunctionalInterface
  private interface Sink {
    void take(ByteBuffer piece) throws IOException;
  }

  private void start(String name, Direction direction) {
    Thread _ =
        Thread.ofVirtual()
            .name(name)
            .start(() -> {
              try {
                direction.run();
              } catch (IOException e) {
                LOGGER.log(Level.DEBUG, "{0} ends: {1}", name, e.getMessage());
              } finally {
                close(socket);
                close(far);
              }
            });
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "closing a side of a bridge", e);
    }
  }

  private static void carry(ReadableByteChannel from, Sink to) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    while (from.read(piece.clear()) >= 0) {
      to.take(piece.flip());
    }
  }

  private static void within(
      Deadlines.Deadline deadline, long millis, TlsChannel to, ByteBuffer piece)
      throws IOException {
    deadline.arm(millis);
    try {
      writeAll(to, piece);
    } finally {
      deadline.disarm();
    }
  }

  private static void writeAll(WritableByteChannel to, ByteBuffer piece) throws IOException {
    while (piece.hasRemaining()) {
      to.write(piece);
    }
  }
}
