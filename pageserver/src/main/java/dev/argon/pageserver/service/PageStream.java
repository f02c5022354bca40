package dev.argon.pageserver.service;

import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageservice.PageKey;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// One connection's requests for pages. What has arrived together is answered together: it waits
/// once, for the greatest LSN any of them needs, and reads over one moment's layers.
final class PageStream {

  private static final int BATCH_MAX = 64;
  private static final long WAIT_SLICE_MILLIS = 500;

  private final Timeline timeline;
  private final CopyStream stream;

  /// The compute's term, 0 if it has not said.
  private final long computeTerm;

  private final long waitMaxMillis;
  private final BooleanSupplier stopping;
  private final ByteBuffer page = ReadSession.newPage();
  private final List<PageRequest> batch = new ArrayList<>();

  PageStream(
      Timeline timeline,
      CopyStream stream,
      long computeTerm,
      long waitMaxMillis,
      BooleanSupplier stopping) {
    this.timeline = timeline;
    this.stream = stream;
    this.computeTerm = computeTerm;
    this.waitMaxMillis = waitMaxMillis;
    this.stopping = stopping;
  }

  /// Answers until the client leaves.
  void serve() throws IOException, PgErrorException {
    while (stream.receive()) {
      batch.clear();
      batch.add(decode());
      while (batch.size() < BATCH_MAX && stream.hasReceived() && stream.receive()) {
        batch.add(decode());
      }
      answerBatch();
      stream.writer().flush();
    }
  }

  private PageRequest decode() throws PgErrorException {
    try {
      return PageRequest.decode(stream.payload());
    } catch (CorruptDataException e) {
      throw new PgErrorException(SqlState.PROTOCOL_VIOLATION, String.valueOf(e.getMessage()));
    }
  }

  private void answerBatch() throws IOException, PgErrorException {
    long awaited = 0;
    for (PageRequest request : batch) {
      long since = request.header().notModifiedSinceLsn();
      if (Long.compareUnsigned(since, awaited) > 0
          && Long.compareUnsigned(since, request.header().requestLsn()) <= 0
          && !isFenced(request.header())) {
        awaited = since;
      }
    }
    boolean ancestorsThere = await(awaited);
    // Before the session takes its layers: a layer opened after that would not be among them.
    long lastLsn = timeline.lastRecordLsn();
    try (ReadSession session = timeline.read()) {
      for (PageRequest request : batch) {
        answer(request, session, lastLsn, ancestorsThere);
      }
    } catch (IllegalStateException e) {
      throw new PgErrorException(SqlState.UNDEFINED_OBJECT, String.valueOf(e.getMessage()));
    }
  }

  /// Waits in slices, so that a stop of the server is not held up.
  ///
  /// @return whether the ancestors can be read
  private boolean await(long lsn) throws PgErrorException {
    try {
      long waited = 0;
      while (!timeline.awaitLsn(lsn, WAIT_SLICE_MILLIS)) {
        waited += WAIT_SLICE_MILLIS;
        if (stopping.getAsBoolean()) {
          throw new PgErrorException(SqlState.ADMIN_SHUTDOWN, "the pageserver is stopping");
        }
        if (waited >= waitMaxMillis) {
          return timeline.awaitAncestors(0);
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgErrorException(SqlState.ADMIN_SHUTDOWN, "the pageserver is stopping");
    }
  }

  private void answer(
      PageRequest request, ReadSession session, long lastLsn, boolean ancestorsThere)
      throws IOException {
    PageResponse response;
    try {
      String refusal = refusal(request.header(), lastLsn, ancestorsThere);
      response =
          refusal.isEmpty()
              ? read(request, session, effectiveLsn(request.header(), lastLsn))
              : new PageResponse.Failure(request.header(), refusal);
    } catch (IOException | CorruptDataException | IllegalArgumentException e) {
      response =
          new PageResponse.Failure(
              request.header(), e.getMessage() == null ? e.toString() : e.getMessage());
    }
    MessageWriter writer = stream.writer();
    writer.begin('d');
    boolean isPage = response instanceof PageResponse.Page;
    int size = response.encodedSize() + (isPage ? PageResponse.PAGE_SIZE : 0);
    ByteBuffer target = writer.room(size);
    response.encode(target);
    if (isPage) {
      target.put(target.position(), page, 0, PageResponse.PAGE_SIZE);
      target.position(target.position() + PageResponse.PAGE_SIZE);
    }
    writer.end();
  }

  private boolean isFenced(RequestHeader header) {
    return header.requestLsn() == RequestHeader.NEWEST
        && computeTerm != 0
        && Long.compareUnsigned(computeTerm, timeline.term()) < 0;
  }

  /// Why a request cannot be answered, or empty.
  private String refusal(RequestHeader header, long lastLsn, boolean ancestorsThere) {
    long requestLsn = header.requestLsn();
    long sinceLsn = header.notModifiedSinceLsn();
    if (requestLsn == 0) {
      return "bad request: the request LSN is 0";
    }
    if (Long.compareUnsigned(requestLsn, sinceLsn) < 0) {
      return "bad request: the request LSN "
          + Lsn.toString(requestLsn)
          + " is before not_modified_since "
          + Lsn.toString(sinceLsn);
    }
    if (isFenced(header)) {
      return "this compute's term "
          + computeTerm
          + " is over: the timeline has WAL of term "
          + timeline.term();
    }
    if (!ancestorsThere) {
      return "the timeline's ancestor has not yet reached the branch point again";
    }
    if (Long.compareUnsigned(sinceLsn, lastLsn) > 0) {
      return "timed out after "
          + waitMaxMillis / 1000
          + " s waiting for LSN "
          + Lsn.toString(sinceLsn)
          + ": ingested up to "
          + Lsn.toString(lastLsn);
    }
    long effective = effectiveLsn(header, lastLsn);
    if (Long.compareUnsigned(effective, timeline.firstLsn()) < 0) {
      return "LSN "
          + Lsn.toString(effective)
          + " is before the timeline begins, "
          + Lsn.toString(timeline.firstLsn());
    }
    return "";
  }

  /// The newest state that has been ingested, but not beyond what the caller may see. The caller
  /// knows that nothing changed from "not modified since" on, so any LSN in between does.
  private static long effectiveLsn(RequestHeader header, long lastLsn) {
    return Long.compareUnsigned(header.requestLsn(), lastLsn) < 0 ? header.requestLsn() : lastLsn;
  }

  private PageResponse read(PageRequest request, ReadSession session, long lsn)
      throws IOException, CorruptDataException {
    RelationReader relations = new RelationReader(session, lsn);
    return switch (request) {
      case PageRequest.Page get -> {
        checkFork(get.relation().relNode(), get.fork());
        session.page(PageKey.relationBlock(get.relation(), get.fork(), get.block()), lsn, page);
        PageDamage.apply(get, page);
        yield new PageResponse.Page(get);
      }
      case PageRequest.Exists exists -> {
        checkFork(exists.relation().relNode(), exists.fork());
        yield new PageResponse.Exists(exists, relations.exists(exists.relation(), exists.fork()));
      }
      case PageRequest.BlockCount count -> {
        checkFork(count.relation().relNode(), count.fork());
        yield new PageResponse.BlockCount(count, relations.blocks(count.relation(), count.fork()));
      }
      case PageRequest.DatabaseSize size ->
          new PageResponse.DatabaseSize(size, relations.databaseSize(size.database()));
      case PageRequest.SlruSegment segment -> {
        if (segment.slru() > 2) {
          throw new IllegalArgumentException("no such SLRU: " + segment.slru());
        }
        yield new PageResponse.SlruSegment(
            segment, relations.slruSegment(segment.slru(), segment.segment()));
      }
    };
  }

  private static void checkFork(int relNode, int fork) {
    if (relNode == 0 || fork >= Fork.COUNT) {
      throw new IllegalArgumentException(
          "bad request: relation " + Integer.toUnsignedString(relNode) + ", fork " + fork);
    }
  }
}
