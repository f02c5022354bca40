package dev.argon.pageserver;

import dev.argon.node.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Stands between a pageserver and a safekeeper's PostgreSQL port: counts its connections, and cuts
/// or holds up the subscriptions among them.
final class Relay implements AutoCloseable {

  /// What happens to subscriptions.
  enum Subscriptions {
    PASS,
    /// Nothing that the safekeeper says arrives.
    HOLD,
    /// They are closed, and so are new ones.
    REFUSE
  }

  private static final int PIECE = 64 << 10;

  /// One pair of sockets.
  private record Connection(
      Socket client, Socket server, boolean isSubscription, AtomicLong pieces) {

    void close() {
      closeQuietly(client);
      closeQuietly(server);
    }

    boolean isOpen() {
      return !client.isClosed();
    }
  }

  private final HostPort target;
  private final ServerSocket listening;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Subscriptions subscriptions = Subscriptions.PASS;

  Relay(HostPort target) throws IOException {
    this.target = target;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  void subscriptions(Subscriptions now) {
    lock.lock();
    try {
      subscriptions = now;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (now == Subscriptions.REFUSE) {
      connections.stream().filter(Connection::isSubscription).forEach(Connection::close);
    }
  }

  /// How many streams of WAL there have been.
  long streamsEver() {
    return connections.stream().filter(connection -> !connection.isSubscription()).count();
  }

  /// How many streams of WAL there are.
  long streams() {
    return connections.stream()
        .filter(connection -> !connection.isSubscription() && connection.isOpen())
        .count();
  }

  /// How many subscriptions there are.
  long subscriptionCount() {
    return connections.stream()
        .filter(connection -> connection.isSubscription() && connection.isOpen())
        .count();
  }

  /// How often something came from the safekeeper on streams.
  long streamPieces() {
    return connections.stream()
        .filter(connection -> !connection.isSubscription())
        .mapToLong(connection -> connection.pieces().get())
        .sum();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> relay(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void relay(Socket client) {
    byte[] first = new byte[PIECE];
    try {
      int count = client.getInputStream().read(first);
      String startup = new String(first, 0, Math.max(0, count), StandardCharsets.ISO_8859_1);
      boolean isSubscription = !startup.contains("timeline_id");
      if (count < 0 || (isSubscription && isRefusing())) {
        closeQuietly(client);
        return;
      }
      Connection connection =
          new Connection(
              client, new Socket(target.host(), target.port()), isSubscription, new AtomicLong());
      connections.add(connection);
      connection.server().getOutputStream().write(first, 0, count);
      Thread.ofVirtual().start(() -> copyToServer(connection));
      copyToClient(connection);
    } catch (IOException e) {
      closeQuietly(client);
    }
  }

  private boolean isRefusing() {
    lock.lock();
    try {
      return subscriptions == Subscriptions.REFUSE;
    } finally {
      lock.unlock();
    }
  }

  private void copyToServer(Connection connection) {
    byte[] piece = new byte[PIECE];
    try {
      InputStream from = connection.client().getInputStream();
      OutputStream to = connection.server().getOutputStream();
      for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
        to.write(piece, 0, count);
      }
    } catch (IOException e) {
      // one side has closed, and so has the relay
    } finally {
      connection.close();
    }
  }

  private void copyToClient(Connection connection) {
    byte[] piece = new byte[PIECE];
    try {
      InputStream from = connection.server().getInputStream();
      OutputStream to = connection.client().getOutputStream();
      for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
        if (connection.isSubscription()) {
          awaitPass();
        }
        to.write(piece, 0, count);
        connection.pieces().incrementAndGet();
      }
    } catch (IOException e) {
      // one side has closed, and so has the relay
    } finally {
      connection.close();
    }
  }

  private void awaitPass() {
    lock.lock();
    try {
      while (subscriptions == Subscriptions.HOLD) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void closeQuietly(AutoCloseable socket) {
    try {
      socket.close();
    } catch (Exception e) {
      throw new AssertionError("closing a socket", e);
    }
  }

  @Override
  public void close() {
    subscriptions(Subscriptions.PASS);
    closeQuietly(listening);
    connections.forEach(Connection::close);
  }
}
