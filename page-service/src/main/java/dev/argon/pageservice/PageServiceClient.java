package dev.argon.pageservice;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;

/// One connection to a timeline's page stream. One thread sends and one receives (they may be the
/// same); responses come in the order of the requests. After any exception the connection is of no
/// further use; connecting again is the caller's policy.
public final class PageServiceClient implements AutoCloseable {

  /// Room for a few dozen pages, so that one system call takes what has arrived.
  private static final int RECEIVE_BUFFER_BYTES = 256 << 10;

  private final PgClient client;
  private final CopyStream stream;

  private PageServiceClient(PgClient client, CopyStream stream) {
    this.client = client;
    this.stream = stream;
  }

  /// Connects.
  ///
  /// @param computeTerm the term of the compute that asks; 0 if it has none (a read-only endpoint)
  /// @param connectTimeoutMillis for connecting, at most for each wait
  /// @throws PgErrorException if the pageserver refuses, with its reason
  public static PageServiceClient connect(
      SocketAddress pageserver,
      TenantId tenant,
      TimelineId timeline,
      long computeTerm,
      long connectTimeoutMillis)
      throws IOException, PgErrorException {
    PgClient client = PgClient.connect(settings(pageserver, computeTerm, connectTimeoutMillis));
    boolean open = false;
    try {
      CopyStream stream = client.copyBoth("pagestream_v3 " + tenant + " " + timeline);
      open = true;
      return new PageServiceClient(client, stream);
    } finally {
      if (!open) {
        client.close();
      }
    }
  }

  static PgClientSettings settings(
      SocketAddress pageserver, long computeTerm, long connectTimeoutMillis) {
    PgClientSettings settings =
        PgClientSettings.of(pageserver, "argon", "argon")
            .withReceiveBuffer(RECEIVE_BUFFER_BYTES)
            .withTimeouts(connectTimeoutMillis, 0, connectTimeoutMillis);
    return computeTerm == 0
        ? settings
        : settings.with(
            "options", StartupOptions.format(Map.of("compute_term", Long.toString(computeTerm))));
  }

  /// Puts a request into the send buffer.
  public void send(PageRequest request) throws IOException {
    stream.writer().begin('d');
    request.encode(stream.writer().room(PageRequest.SIZE_MAX));
    stream.writer().end();
  }

  /// Sends what is in the send buffer.
  public void flush() throws IOException {
    stream.writer().flush();
  }

  /// Waits for the next response. The bytes of a page are copied once, from the receive buffer to
  /// `page`, whose position moves on by 8192; for other responses it is left alone.
  ///
  /// @throws CorruptDataException if the bytes are no response
  /// @throws PgErrorException if the pageserver ended the stream, with its reason
  public PageResponse receive(ByteBuffer page)
      throws IOException, PgErrorException, CorruptDataException {
    if (!stream.receive()) {
      throw new IOException("the pageserver ended the page stream (" + stream.end() + ")");
    }
    return PageResponse.decode(stream.payload(), page);
  }

  /// Whether [#receive] would return at once.
  public boolean hasReceived() throws IOException {
    return stream.hasReceived();
  }

  /// How long [#receive] waits at most; 0 is for ever, which is what a new connection does.
  public void receiveTimeout(long millis) {
    stream.receiveTimeout(millis);
  }

  /// Ends the connection; a thread that waits on it gets an exception. From any thread.
  @Override
  public void close() {
    client.close();
  }
}
