package dev.argon.compute.boot;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageservice.BootFilesClient;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.PageServiceClient;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Boot files and init forks from a pageserver. For one thread.
///
/// @see BootSource
public final class PageserverBootSource implements BootSource, AutoCloseable {

  private static final long CONNECT_TIMEOUT_MILLIS = 10_000;

  private final SocketAddress pageserver;
  private final TenantId tenant;
  private final TimelineId timeline;
  private final long term;
  private final long silenceMaxMillis;

  /// Where the init forks are read; the boot files' LSN.
  private Lsn lsn = Lsn.INVALID;

  /// Opened for the first init fork: most starts have none.
  private Optional<PageServiceClient> pages = Optional.empty();

  /// @param term of the compute, 0 for one that does not write
  /// @param silenceMaxMillis how long the pageserver may take to reach the LSN
  public PageserverBootSource(
      SocketAddress pageserver,
      TenantId tenant,
      TimelineId timeline,
      long term,
      long silenceMaxMillis) {
    this.pageserver = pageserver;
    this.tenant = tenant;
    this.timeline = timeline;
    this.term = term;
    this.silenceMaxMillis = silenceMaxMillis;
  }

  @Override
  public void bootFiles(Lsn at, Receiver receiver) throws IOException, CorruptDataException {
    lsn = at;
    try {
      BootFilesClient.fetch(
          pageserver,
          tenant,
          timeline,
          at,
          term,
          silenceMaxMillis,
          message -> {
            try {
              receiver.accept(message);
            } catch (CorruptDataException e) {
              throw new CorruptInside(e);
            }
          });
    } catch (CorruptInside e) {
      throw e.inside;
    } catch (PgErrorException e) {
      throw new RefusedException("the pageserver refuses the boot files: " + e.getMessage(), e);
    }
  }

  /// The pageserver has answered, and the answer is no: asking again would not help.
  public static final class RefusedException extends IOException {

    private static final long serialVersionUID = 1;

    RefusedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// Carries the exception through the client's receiver.
  private static final class CorruptInside extends IOException {

    private static final long serialVersionUID = 1;

    private final CorruptDataException inside;

    CorruptInside(CorruptDataException inside) {
      super(inside);
      this.inside = inside;
    }
  }

  @Override
  public void read(RelFileNode relation, int block, byte[] page) throws IOException {
    if (pages.isEmpty()) {
      pages = Optional.of(connect());
    }
    PageServiceClient client = pages.get();
    RequestHeader header = new RequestHeader(block + 1L, lsn.value(), lsn.value());
    ByteBuffer target = ByteBuffer.wrap(page);
    try {
      client.send(new PageRequest.Page(header, relation, Fork.INIT, block));
      client.flush();
      PageResponse response = client.receive(target);
      switch (response) {
        case PageResponse.Page _ -> {}
        case PageResponse.Failure(_, String message) ->
            throw new IOException("init fork of " + relation + ", block " + block + ": " + message);
        case PageResponse.Exists _,
            PageResponse.BlockCount _,
            PageResponse.DatabaseSize _,
            PageResponse.SlruSegment _ ->
            throw new IOException("the pageserver answered another question: " + response);
      }
    } catch (PgErrorException | CorruptDataException e) {
      throw new IOException("init fork of " + relation + ": " + e.getMessage(), e);
    }
  }

  private PageServiceClient connect() throws IOException {
    try {
      return PageServiceClient.connect(pageserver, tenant, timeline, term, CONNECT_TIMEOUT_MILLIS);
    } catch (PgErrorException e) {
      throw new IOException("the pageserver refuses the page stream: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    pages.ifPresent(PageServiceClient::close);
  }
}
