package dev.argon.compute.eviction;

import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SegmentFile;
import dev.argon.compute.memory.SegmentFiles;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/// Looks at the blocks of one chunk and drops what may go. For one thread, but for [#count].
final class ChunkSweep {

  private static final System.Logger LOGGER = System.getLogger(ChunkSweep.class.getName());

  private final SharedMemory memory;
  private final BlockMap blocks;
  private final SegmentFiles files;
  private final DropCheck check;
  private final Map<Verdict, LongAdder> counts;
  private final ByteBuffer page =
      ByteBuffer.allocateDirect(KeepRule.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment pageSegment = MemorySegment.ofBuffer(page);

  ChunkSweep(SharedMemory memory, Path dataDirectory, DropCheck check) {
    this.memory = memory;
    this.check = check;
    EnumMap<Verdict, LongAdder> adders = new EnumMap<>(Verdict.class);
    for (Verdict verdict : Verdict.values()) {
      adders.put(verdict, new LongAdder());
    }
    counts = adders;
    this.blocks = memory.blocks();
    this.files = new SegmentFiles(dataDirectory);
  }

  long count(Verdict verdict) {
    return Objects.requireNonNull(counts.get(verdict)).sum();
  }

  private void counted(Verdict verdict) {
    Objects.requireNonNull(counts.get(verdict)).increment();
  }

  /// Goes over a chunk once.
  ///
  /// @param moved whether the horizons moved, so that kept blocks are worth another look
  /// @param orderImages whether to ask for images of what only those hold back
  void run(BlockMap.Chunk chunk, KeepRule rule, boolean moved, boolean orderImages)
      throws IOException {
    for (int block = 0; block < SharedMemoryLayout.CHUNK_BLOCKS; block++) {
      long seen = blocks.load(chunk.index(), block);
      int word = BlockMap.word(seen);
      if (BlockMap.state(seen) != SharedMemoryLayout.PRESENT
          || (word & SharedMemoryLayout.F_COUNTED) == 0) {
        continue;
      }
      if ((word & SharedMemoryLayout.F_USED) != 0) {
        blocks.forgetUse(chunk.index(), block, seen);
      } else if ((word & SharedMemoryLayout.F_KEEP) == 0 || moved || orderImages) {
        look(chunk, block, seen, rule, orderImages);
      }
    }
  }

  private void look(BlockMap.Chunk chunk, int block, long seen, KeepRule rule, boolean orderImages)
      throws IOException {
    Optional<Verdict> byFlags =
        rule.byFlags(
            BlockMap.word(seen),
            chunk.relation().dbNode(),
            chunk.fork(),
            blocks.notModifiedSinceLsn(chunk.index(), block));
    if (byFlags.isPresent() && byFlags.get() != Verdict.DROP) {
      counted(byFlags.get());
      return;
    }
    // Before the claim, as it takes time: the claim fails if the block changed meanwhile.
    if (check.isWanted() && !check.allows(chunk, block, BlockMap.token(seen))) {
      return;
    }
    int token = blocks.claimForEvicting(chunk.index(), block, seen);
    if (token == 0) {
      return;
    }
    boolean decided = false;
    try {
      if (blocks.chunkStatus(chunk.index()) != chunk.status()) {
        return; // another relation's by now
      }
      SegmentFile file =
          files.of(chunk.index(), chunk.status(), chunk.relation(), chunk.fork(), chunk.number());
      long position = SegmentFiles.position(chunk.number(), block);
      Verdict verdict =
          byFlags.isPresent()
              ? Verdict.DROP
              : read(file, position)
                  ? rule.judge(page, chunk.number() * SharedMemoryLayout.CHUNK_BLOCKS + block)
                  : Verdict.ZERO;
      if (verdict == Verdict.DROP || verdict == Verdict.ZERO) {
        file.punch(position, KeepRule.PAGE_SIZE);
      }
      counted(verdict);
      decided = true;
      end(chunk, block, token, verdict);
      if (orderImages && verdict.imageHelps()) {
        boolean _ = memory.orderImage(chunk.index(), chunk.status(), block);
      }
    } catch (NoSuchFileException e) {
      // Being dropped: whoever does that waits for us and clears the entry.
      LOGGER.log(Level.DEBUG, "nothing to evict from", e);
    } finally {
      if (!decided) {
        blocks.kept(chunk.index(), block, token);
      }
    }
  }

  private void end(BlockMap.Chunk chunk, int block, int token, Verdict verdict) {
    switch (verdict) {
      case DROP -> blocks.evicted(chunk.index(), block, token);
      case ZERO -> blocks.keptAsZero(chunk.index(), block, token);
      case KEEP_MAP,
          KEEP_SEQUENCE,
          KEEP_LOW_LSN,
          KEEP_TRANSACTION,
          KEEP_VACUUM,
          KEEP_REPLAY,
          KEEP_SHARED_CATALOG ->
          blocks.kept(chunk.index(), block, token);
    }
  }

  /// @return whether the block lies within the file
  private boolean read(SegmentFile file, long position) throws IOException {
    long got = file.read(pageSegment, position);
    return got == KeepRule.PAGE_SIZE;
  }

  void close() {
    files.close();
    check.close();
  }
}
