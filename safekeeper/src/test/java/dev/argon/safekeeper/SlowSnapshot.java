package dev.argon.safekeeper;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// Stands between a donor and who pulls from it, and does something in the middle of a snapshot.
final class SlowSnapshot implements AutoCloseable {

  private static final int BYTES_BEFORE = 200_000;

  /// What happens in the middle.
  @FunctionalInterface
  interface Event {
    void happen() throws Exception;
  }

  private final HttpJsonClient donor;
  private final Event event;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicLong bytesPassed = new AtomicLong();

  SlowSnapshot(TestSafekeeper donor, Event event) throws IOException {
    URI uri = URI.create(donor.url(""));
    this.donor = new HttpJsonClient(new HostPort(uri.getHost(), uri.getPort()));
    this.event = event;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.createContext("/", this::pass);
    server.setExecutor(threads);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// How much of snapshots has been passed on.
  long bytesPassed() {
    return bytesPassed.get();
  }

  private void pass(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (path.contains("/snapshot/")) {
        exchange.sendResponseHeaders(200, 0);
        donor.getStream(path, body -> copy(body, exchange.getResponseBody()));
      } else {
        byte[] answer = donor.getBytes(path);
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
      }
    } catch (ApiProblem e) {
      throw new IOException(e);
    }
  }

  private long copy(InputStream from, OutputStream to) throws IOException {
    byte[] piece = new byte[50_000];
    boolean isBefore = true;
    for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
      to.write(piece, 0, count);
      if (bytesPassed.addAndGet(count) >= BYTES_BEFORE && isBefore) {
        isBefore = false;
        try {
          event.happen();
        } catch (Exception e) {
          throw new IOException(e);
        }
      }
    }
    return bytesPassed.get();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
