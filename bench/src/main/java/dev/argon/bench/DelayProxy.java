package dev.argon.bench;

import dev.argon.node.HostPort;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/// Makes a server look further away: what it answers arrives later by a fixed time, in order and as
/// fast as before. Requests pass at once.
final class DelayProxy implements Closeable {

  private static final int CHUNK_BYTES = 256 << 10;

  /// Answers under way; a window of pages is far less.
  private static final int CHUNKS_MAX = 1024;

  private static final byte[] END = new byte[0];

  private final ServerSocket listener;
  private final HostPort target;
  private final long delayNanos;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /// Some bytes of an answer.
  ///
  /// @param dueNanos when they arrive, by [System#nanoTime]
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  private record Chunk(byte[] bytes, long dueNanos) {}

  DelayProxy(HostPort target, long delayNanos) throws IOException {
    this.target = target;
    this.delayNanos = delayNanos;
    listener = new ServerSocket();
    listener.bind(new HostPort(Bench.HOST, 0).toSocketAddress());
    Thread.ofPlatform().daemon().name("delay-accept").start(this::accept);
  }

  HostPort address() {
    return new HostPort(Bench.HOST, listener.getLocalPort());
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket();
        open.add(client);
        open.add(server);
        server.connect(target.toSocketAddress());
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        BlockingQueue<Chunk> answers = new LinkedBlockingQueue<>(CHUNKS_MAX);
        Thread.ofPlatform().daemon().start(() -> pass(client, server));
        Thread.ofPlatform().daemon().start(() -> take(server, answers));
        Thread.ofPlatform().daemon().start(() -> deliver(answers, client, server));
      } catch (IOException e) {
        // The next client is told the same way: its connection ends.
        if (!listener.isClosed()) {
          System.err.println("argon bench: the delaying proxy: " + e.getMessage());
        }
      }
    }
  }

  private void pass(Socket client, Socket server) {
    try (InputStream in = client.getInputStream();
        OutputStream out = server.getOutputStream()) {
      in.transferTo(out);
    } catch (IOException e) {
      end(client, server);
    }
  }

  private void take(Socket server, BlockingQueue<Chunk> answers) {
    byte[] buffer = new byte[CHUNK_BYTES];
    try {
      InputStream in = server.getInputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        answers.put(new Chunk(Arrays.copyOf(buffer, read), System.nanoTime() + delayNanos));
      }
    } catch (IOException e) {
      // either side has ended; so does the other
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      boolean _ = answers.offer(new Chunk(END, System.nanoTime()));
    }
  }

  private void deliver(BlockingQueue<Chunk> answers, Socket client, Socket server) {
    try {
      OutputStream out = client.getOutputStream();
      for (Chunk chunk = answers.take(); chunk.bytes().length > 0; chunk = answers.take()) {
        for (long left = chunk.dueNanos() - System.nanoTime();
            left > 0;
            left = chunk.dueNanos() - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        out.write(chunk.bytes());
      }
    } catch (IOException e) {
      // the client has gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(client, server);
    }
  }

  private void end(Socket client, Socket server) {
    for (Socket socket : new Socket[] {client, server}) {
      open.remove(socket);
      close(socket);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      System.err.println("argon bench: the delaying proxy: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    open.forEach(DelayProxy::close);
  }
}
