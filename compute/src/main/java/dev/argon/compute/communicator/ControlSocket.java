package dev.argon.compute.communicator;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The life line that the server's background worker holds: nothing is ever sent, but when this
/// process ends, however it does, the kernel closes the socket and the worker stops the server at
/// once. Must listen before the server starts and be closed after it has ended.
public final class ControlSocket implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(ControlSocket.class.getName());

  private final ServerSocketChannel server;
  private final Set<SocketChannel> held = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;

  private ControlSocket(ServerSocketChannel server) {
    this.server = server;
    acceptor = Thread.ofVirtual().name("control-socket").unstarted(this::accept);
  }

  /// Listens.
  ///
  /// @param path not there yet, and short: a socket's path has at most 107 bytes
  public static ControlSocket listen(Path path) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean listening = false;
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      listening = true;
    } finally {
      if (!listening) {
        server.close();
      }
    }
    ControlSocket socket = new ControlSocket(server);
    socket.acceptor.start();
    return socket;
  }

  private void accept() {
    try {
      while (true) {
        held.add(server.accept());
      }
    } catch (AsynchronousCloseException e) {
      LOGGER.log(Level.DEBUG, "the control socket is closed", e);
    } catch (IOException e) {
      LOGGER.log(Level.ERROR, "the control socket takes no more connections", e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel channel : held) {
      channel.close();
    }
  }
}
