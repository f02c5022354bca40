package dev.argon.compute.communicator;

import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// The page stream of a pageserver, whose pages come from a test.
final class FakePageService implements AutoCloseable {

  /// Where the pages come from.
  @FunctionalInterface
  interface Pages {

    /// Appends 8192 bytes to `target`.
    ///
    /// @throws RefusedException to refuse the request
    void read(PageRequest.Page request, ByteBuffer target)
        throws IOException, CorruptDataException, InterruptedException, RefusedException;
  }

  static final class RefusedException extends Exception {

    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  private final PgServer server;
  private final AtomicLong served = new AtomicLong();
  private final AtomicReference<Pages> pages;
  private final AtomicLong generation = new AtomicLong();
  private final AtomicInteger blocks = new AtomicInteger();
  private volatile CountDownLatch open = new CountDownLatch(0);

  private FakePageService(Pages pages) throws IOException {
    this.pages = new AtomicReference<>(pages);
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("fake-page-service"),
            this::query);
  }

  static FakePageService start(Pages pages) throws IOException {
    return new FakePageService(pages);
  }

  InetSocketAddress address() throws IOException {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }

  void pages(Pages newPages) {
    pages.set(newPages);
  }

  /// How many blocks each fork is said to have; 0 at first.
  void blocks(int count) {
    blocks.set(count);
  }

  long served() {
    return served.get();
  }

  /// Ends all connections; new ones are accepted.
  void breakConnections() {
    generation.incrementAndGet();
  }

  /// Answers nothing until [#thaw].
  void freeze() {
    open = new CountDownLatch(1);
  }

  void thaw() {
    open.countDown();
  }

  private void query(PgConnection connection, String text) throws IOException, PgErrorException {
    CopyStream stream = connection.copyBoth();
    long born = generation.get();
    ByteBuffer page = ByteBuffer.allocate(PageResponse.PAGE_SIZE);
    ByteBuffer head = ByteBuffer.allocate(PageResponse.PAGE_PREFIX_SIZE);
    try {
      while (stream.receive()) {
        PageRequest request = PageRequest.decode(stream.payload());
        open.await();
        if (generation.get() != born) {
          connection.abort();
          return;
        }
        PageResponse response = response(request, page.clear());
        if (response instanceof PageResponse.Page) {
          response.encode(head.clear());
          stream.writer().copyData(head.flip(), page.flip());
        } else {
          ByteBuffer whole = ByteBuffer.allocate(response.encodedSize());
          response.encode(whole);
          stream.writer().copyData(whole.flip());
        }
        served.incrementAndGet();
        if (!stream.hasReceived()) {
          stream.writer().flush();
        }
      }
    } catch (CorruptDataException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private PageResponse response(PageRequest request, ByteBuffer page)
      throws IOException, CorruptDataException, InterruptedException {
    if (request instanceof PageRequest.BlockCount count) {
      return new PageResponse.BlockCount(count, blocks.get());
    }
    if (!(request instanceof PageRequest.Page wanted)) {
      return new PageResponse.Failure(request.header(), "only pages and sizes");
    }
    try {
      pages.get().read(wanted, page);
      return new PageResponse.Page(wanted);
    } catch (RefusedException e) {
      return new PageResponse.Failure(request.header(), String.valueOf(e.getMessage()));
    } catch (RuntimeException | IOException | CorruptDataException e) {
      System.getLogger(FakePageService.class.getName())
          .log(System.Logger.Level.ERROR, "no page for " + wanted, e);
      return new PageResponse.Failure(request.header(), e.toString());
    }
  }

  @Override
  public void close() throws IOException {
    thaw();
    server.close();
  }
}
