package dev.argon.bench;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.PageServiceClient;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Asks the pageserver for pages and throws them away: what it can give, without a compute.
final class DirectPages implements AutoCloseable {

  private static final long CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final double SECOND_NANOS = 1e9;
  private static final double MICRO_NANOS = 1e3;

  private final PageServiceClient client;
  private final RelFileNode relation;
  private final Lsn lsn;
  private final ByteBuffer page = ByteBuffer.allocateDirect(PageResponse.PAGE_SIZE);
  private long nextId = 1;

  /// @param lsn as of when; the pageserver has it or will
  DirectPages(
      HostPort pageserver, TenantId tenant, TimelineId timeline, RelFileNode relation, Lsn lsn)
      throws IOException, PgErrorException {
    client =
        PageServiceClient.connect(
            pageserver.toSocketAddress(), tenant, timeline, 0, CONNECT_TIMEOUT_MILLIS);
    this.relation = relation;
    this.lsn = lsn;
  }

  /// All blocks in order.
  ///
  /// @param window requests under way
  /// @return pages per second
  double scan(int blocks, int window)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    long begin = System.nanoTime();
    int sent = 0;
    for (int received = 0; received < blocks; received++) {
      // As the compute does: half a window is asked for when half a window has come.
      if (sent < blocks && sent - received <= window / 2) {
        for (; sent < blocks && sent - received < window; sent++) {
          send(sent);
        }
        client.flush();
      }
      receive();
    }
    return blocks / ((System.nanoTime() - begin) / SECOND_NANOS);
  }

  /// One page at a time.
  ///
  /// @return for each block how many microseconds it took, sorted
  List<Double> single(int[] blocks)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    List<Double> micros = new ArrayList<>();
    for (int block : blocks) {
      long begin = System.nanoTime();
      send(block);
      client.flush();
      receive();
      micros.add((System.nanoTime() - begin) / MICRO_NANOS);
    }
    micros.sort(null);
    return micros;
  }

  private void send(int block) throws IOException {
    client.send(
        new PageRequest.Page(
            new RequestHeader(nextId++, lsn.value(), lsn.value()), relation, 0, block));
  }

  private void receive()
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    page.clear();
    PageResponse response = client.receive(page);
    if (!(response instanceof PageResponse.Page)) {
      throw new BenchException("the pageserver answered " + response);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
