package dev.argon.compute.communicator;

import dev.argon.compute.compare.CompareCounters;
import dev.argon.compute.compare.PageResult;
import dev.argon.compute.compare.PageResult.LeftOut;
import dev.argon.compute.compare.PageResult.Reason;
import dev.argon.compute.compare.ResidentComparison;
import dev.argon.compute.eviction.DropCheck;
import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.PageServiceClient;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Compares a page before it is evicted. A connection of its own, opened when first needed; a
/// pageserver that lags or does not answer never holds up an eviction. For one thread, the
/// evictor's.
final class EvictionComparison implements DropCheck {

  private static final System.Logger LOGGER = System.getLogger(EvictionComparison.class.getName());

  private static final long CONNECT_TIMEOUT_MILLIS = 1_000;
  private static final long ANSWER_TIMEOUT_MILLIS = 2_000;

  private final SharedMemory memory;
  private final PageSource source;
  private final CompareCounters counters;
  private final ResidentComparison comparison;
  private final ByteBuffer page = ByteBuffer.allocateDirect(PageResponse.PAGE_SIZE);
  private Optional<PageServiceClient> connection = Optional.empty();
  private long nextId = 1;

  EvictionComparison(
      SharedMemory memory, PageSource source, CompareCounters counters, ResidentComparison files) {
    this.memory = memory;
    this.source = source;
    this.counters = counters;
    comparison = files;
  }

  @Override
  public boolean isWanted() {
    return memory.compareMode() >= SharedMemoryLayout.COMPARE_LFC;
  }

  @Override
  public boolean allows(BlockMap.Chunk chunk, int blockInChunk, int token) throws IOException {
    long boundLsn = memory.blocks().notModifiedSinceLsn(chunk.index(), blockInChunk);
    ResidentComparison.Resident block =
        new ResidentComparison.Resident(
            chunk.index(),
            chunk.status(),
            chunk.relation(),
            chunk.fork(),
            chunk.number() * SharedMemoryLayout.CHUNK_BLOCKS + blockInChunk,
            token);
    if (block.fork() == Fork.FREE_SPACE_MAP || block.fork() == Fork.VISIBILITY_MAP) {
      return true;
    }
    if (!isIngested(boundLsn) || !fetch(block, boundLsn)) {
      counters.count(new LeftOut(Reason.NOT_THERE_YET));
      return true;
    }
    return switch (comparison.compare(block, page, false)) {
      case LeftOut(Reason reason) when reason == Reason.NOTHING_THERE -> {
        if (isInFork(block, boundLsn)) {
          comparison.lost(block, page);
        }
        yield false;
      }
      case PageResult.Same _, LeftOut _ -> true;
      case PageResult.Different _ -> false;
    };
  }

  private boolean isIngested(long boundLsn) {
    return Long.compareUnsigned(boundLsn, memory.settings().bootLsn().value()) <= 0
        || Long.compareUnsigned(boundLsn, memory.pageserverLsn()) <= 0;
  }

  private boolean fetch(ResidentComparison.Resident block, long boundLsn) {
    RequestHeader header = source.header(nextId++, boundLsn);
    return ask(new PageRequest.Page(header, block.relation(), block.fork(), block.number()))
            .orElse(null)
        instanceof PageResponse.Page;
  }

  /// Whether the pageserver's fork has the block. If not it was dropped or truncated there, and
  /// will be here in a moment.
  private boolean isInFork(ResidentComparison.Resident block, long boundLsn) {
    RequestHeader header = source.header(nextId++, boundLsn);
    return ask(new PageRequest.BlockCount(header, block.relation(), block.fork())).orElse(null)
            instanceof PageResponse.BlockCount(_, int blocks)
        && Integer.compareUnsigned(block.number(), blocks) < 0;
  }

  private Optional<PageResponse> ask(PageRequest request) {
    try {
      PageServiceClient client = connected();
      page.clear();
      client.send(request);
      client.flush();
      return Optional.of(client.receive(page));
    } catch (IOException | PgErrorException | CorruptDataException e) {
      LOGGER.log(Level.DEBUG, "cannot compare before an eviction", e);
      disconnect();
      return Optional.empty();
    }
  }

  private PageServiceClient connected() throws IOException, PgErrorException {
    if (connection.isEmpty()) {
      PageServiceClient client =
          PageServiceClient.connect(
              source.pageserver(),
              source.tenant(),
              source.timeline(),
              source.term(),
              CONNECT_TIMEOUT_MILLIS);
      client.receiveTimeout(ANSWER_TIMEOUT_MILLIS);
      connection = Optional.of(client);
    }
    return connection.get();
  }

  private void disconnect() {
    connection.ifPresent(PageServiceClient::close);
    connection = Optional.empty();
  }

  @Override
  public void close() {
    disconnect();
    comparison.close();
  }
}
