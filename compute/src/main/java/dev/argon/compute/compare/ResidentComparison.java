package dev.argon.compute.compare;

import dev.argon.compute.compare.PageResult.Different;
import dev.argon.compute.compare.PageResult.LeftOut;
import dev.argon.compute.compare.PageResult.Reason;
import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SegmentFile;
import dev.argon.compute.memory.SegmentFiles;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Compares what is in a relation file with a page that the pageserver sent. For one thread.
///
/// The block is read in state PRESENT, and read again by whoever asked if its token is another one
/// afterwards: then somebody has written, truncated or evicted it meanwhile.
public final class ResidentComparison implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(ResidentComparison.class.getName());

  /// Differences of which both pages are written to the log; later ones get a line.
  private static final int DUMPS_MAX = 20;

  private final BlockMap blocks;
  private final SegmentFiles files;
  private final CompareCounters counters;
  private final PageComparison comparison = new PageComparison();
  private final ByteBuffer local =
      ByteBuffer.allocateDirect(SegmentFiles.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment localSegment = MemorySegment.ofBuffer(local);

  /// A block as it was seen present.
  ///
  /// @param number in the fork
  /// @param token the block's when its reader looked at it
  public record Resident(
      int chunk, int chunkStatus, RelFileNode relation, int fork, int number, int token) {

    int withinChunk() {
      return Integer.remainderUnsigned(number, SharedMemoryLayout.CHUNK_BLOCKS);
    }

    /// In words, as PostgreSQL names its files.
    String describe() {
      return "block %s of relation %s, fork %s"
          .formatted(
              Integer.toUnsignedString(number),
              relation,
              fork == Fork.MAIN ? "main" : Fork.fileSuffix(fork).substring(1));
    }
  }

  public ResidentComparison(BlockMap blocks, Path dataDirectory, CompareCounters counters) {
    this.blocks = blocks;
    this.counters = counters;
    files = new SegmentFiles(dataDirectory);
  }

  /// Compares, counts, and writes a difference to the log.
  ///
  /// @param page the pageserver's, 8192 bytes at index 0
  /// @param settled see [PageComparison#compare]; if not, a difference is marked on the block, too
  public PageResult compare(Resident block, ByteBuffer page, boolean settled) throws IOException {
    ByteBuffer remote = page.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return concluded(
        block,
        read(block)
            ? comparison.compare(local, remote, block.fork(), block.number(), settled)
            : new LeftOut(Reason.OVERTAKEN),
        remote,
        settled);
  }

  /// After [Reason#NOTHING_THERE]: the block is not past the end of the pageserver's fork, so the
  /// pageserver has lost it.
  ///
  /// @param page as for [#compare]
  public void lost(Resident block, ByteBuffer page) {
    ByteBuffer remote = page.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    PageResult _ = concluded(block, PageComparison.lost(local, remote), remote, false);
  }

  private PageResult concluded(
      Resident block, PageResult found, ByteBuffer remote, boolean settled) {
    PageResult result = isStill(block) ? found : new LeftOut(Reason.OVERTAKEN);
    // First of all: the next reader may come while the pages are written to the log.
    if (result instanceof Different && !settled) {
      blocks.markDifferent(block.chunk(), block.withinChunk(), block.token());
    }
    counters.count(result);
    if (result instanceof Different different) {
      report(block, different, remote);
    }
    return result;
  }

  private boolean isStill(Resident block) {
    long seen = blocks.load(block.chunk(), block.withinChunk());
    return BlockMap.state(seen) == SharedMemoryLayout.PRESENT
        && BlockMap.token(seen) == block.token()
        && blocks.chunkStatus(block.chunk()) == block.chunkStatus();
  }

  private boolean read(Resident block) throws IOException {
    if (!isStill(block)) {
      return false;
    }
    int number = Integer.divideUnsigned(block.number(), SharedMemoryLayout.CHUNK_BLOCKS);
    try {
      SegmentFile file =
          files.of(block.chunk(), block.chunkStatus(), block.relation(), block.fork(), number);
      return file.read(localSegment, SegmentFiles.position(number, block.withinChunk()))
          == SegmentFiles.PAGE_SIZE;
    } catch (NoSuchFileException e) {
      LOGGER.log(Level.DEBUG, "nothing to compare with", e);
      return false;
    }
  }

  private void report(Resident block, Different different, ByteBuffer remote) {
    String dump = counters.differences() > DUMPS_MAX ? "" : PageDump.of(local, remote);
    LOGGER.log(
        Level.ERROR,
        "{0} differs from the pageserver''s: {1}{2}",
        block.describe(),
        different.text(),
        dump);
  }

  @Override
  public void close() {
    files.close();
  }
}
