package dev.argon.pgwire;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Listens on one address and runs each connection on a thread of its own (see [PgConnection]).
public final class PgServer implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(PgServer.class.getName());
  private static final int BACKLOG = 256;
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);
  private static final long ACCEPT_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ServerSocketChannel listener;
  private final PgServerSettings settings;
  private final QueryHandler handler;
  private final Map<SocketChannel, Thread> connections = new ConcurrentHashMap<>();
  private final Thread acceptor;
  private volatile boolean closing;

  private PgServer(
      ServerSocketChannel listener, PgServerSettings settings, QueryHandler handler, String name) {
    this.listener = listener;
    this.settings = settings;
    this.handler = handler;
    acceptor = Thread.ofPlatform().daemon().name(name).unstarted(this::acceptAll);
  }

  /// Starts to listen. Port 0 takes any free one; see [#address].
  ///
  /// @throws BindException if the address is taken; the message names it
  public static PgServer start(
      SocketAddress address, PgServerSettings settings, QueryHandler handler) throws IOException {
    boolean unix = address instanceof UnixDomainSocketAddress;
    ServerSocketChannel listener =
        unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
    try {
      if (!unix) {
        listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      listener.bind(address, BACKLOG);
    } catch (IOException e) {
      listener.close();
      BindException failure =
          new BindException("cannot listen on " + text(address) + ": " + e.getMessage());
      failure.initCause(e);
      throw failure;
    }
    PgServer server = new PgServer(listener, settings, handler, "accept-" + text(address));
    server.acceptor.start();
    return server;
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getHostString() + ':' + inet.getPort()
        : address.toString();
  }

  /// The address it listens on, with the real port.
  public SocketAddress address() throws IOException {
    return listener.getLocalAddress();
  }

  /// The port it listens on; 0 for a Unix-domain socket.
  public int port() throws IOException {
    return address() instanceof InetSocketAddress inet ? inet.getPort() : 0;
  }

  /// How many connections are open now.
  public int connectionCount() {
    return connections.size();
  }

  private void acceptAll() {
    while (!closing) {
      try {
        accept(listener.accept());
      } catch (ClosedChannelException e) {
        if (!closing) {
          LOGGER.log(Level.ERROR, "the listening socket was closed", e);
        }
        return;
      } catch (IOException e) {
        // Out of file descriptors, most likely: it passes when connections end.
        LOGGER.log(Level.WARNING, "a connection could not be accepted", e);
        LockSupport.parkNanos(ACCEPT_RETRY_NANOS);
      }
    }
  }

  private void accept(SocketChannel channel) throws IOException {
    settings.keepalive().apply(channel);
    boolean full = connections.size() >= settings.limits().connectionsMax();
    Thread thread =
        settings
            .threads()
            .newThread(() -> {
              try (PgConnection connection = new PgConnection(channel, settings)) {
                connection.run(handler, full);
              } finally {
                connections.remove(channel);
              }
            });
    connections.put(channel, thread);
    thread.start();
    if (closing) {
      channel.close();
    }
  }

  /// Stops listening, closes all connections and waits for their threads to end.
  @Override
  public void close() throws IOException {
    closing = true;
    listener.close();
    for (SocketChannel channel : connections.keySet()) {
      channel.close();
    }
    long until = System.nanoTime() + CLOSE_WAIT.toNanos();
    try {
      join(acceptor, until);
      for (Thread thread : connections.values()) {
        join(thread, until);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void join(Thread thread, long untilNanos) throws InterruptedException {
    if (thread.equals(Thread.currentThread())) {
      return;
    }
    Duration left = Duration.ofNanos(Math.max(1, untilNanos - System.nanoTime()));
    if (!thread.join(left)) {
      LOGGER.log(Level.WARNING, "thread " + thread.getName() + " has not ended");
    }
  }
}
