package dev.argon.compute.communicator;

import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// A page service that knows one moment: the files of a stopped cluster. A page that changed since
/// is refused, so that a test that needs redo cannot pass by accident.
final class PageCopyServer implements AutoCloseable {

  private final Path cluster;
  private final long atLsn;
  private final PgServer server;
  private final AtomicLong served = new AtomicLong();
  private volatile CountDownLatch open = new CountDownLatch(0);

  private PageCopyServer(Path cluster, long atLsn, int port) throws IOException {
    this.cluster = cluster;
    this.atLsn = atLsn;
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            PgServerSettings.storage("page-copy-server"),
            this::query);
  }

  static PageCopyServer start(Path cluster, long atLsn, int port) throws IOException {
    return new PageCopyServer(cluster, atLsn, port);
  }

  InetSocketAddress address() throws IOException {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }

  long served() {
    return served.get();
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
    ByteBuffer page = ByteBuffer.allocate(PageResponse.PAGE_SIZE);
    ByteBuffer head = ByteBuffer.allocate(PageResponse.PAGE_PREFIX_SIZE);
    try {
      while (stream.receive()) {
        PageRequest request = PageRequest.decode(stream.payload());
        open.await();
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

  private PageResponse response(PageRequest request, ByteBuffer page) throws IOException {
    if (!(request instanceof PageRequest.Page wanted)) {
      return new PageResponse.Failure(request.header(), "only pages");
    }
    if (Long.compareUnsigned(request.header().notModifiedSinceLsn(), atLsn) > 0) {
      return new PageResponse.Failure(request.header(), "changed since: " + wanted);
    }
    String directory =
        wanted.relation().spcNode() == 1664 ? "global" : "base/" + wanted.relation().dbNode();
    String name = wanted.relation().relNode() + Fork.fileSuffix(wanted.fork());
    Path file = cluster.resolve(directory).resolve(name);
    if (Files.exists(file)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        long position = (long) wanted.block() * PageResponse.PAGE_SIZE;
        while (page.hasRemaining()
            && channel.read(page, position + page.position()) > 0) {} // until full or at the end
      }
    }
    while (page.hasRemaining()) {
      page.put((byte) 0);
    }
    return new PageResponse.Page(wanted);
  }

  @Override
  public void close() throws IOException {
    thaw();
    server.close();
  }
}
