package dev.argon.compute.prewarm;

import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SharedMemoryLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Writes down which blocks are in the relation files now. What changes meanwhile may or may not be
/// in it. From any thread.
public final class CacheSnapshot {

  private static final int PARTS_OF_CHUNK =
      SharedMemoryLayout.CHUNK_BLOCKS / CacheState.PART_BLOCKS;

  private final BlockMap blocks;
  private final int partsMax;
  private final List<CacheState.Part> parts = new ArrayList<>();
  private final BitSet named = new BitSet();

  private CacheSnapshot(BlockMap blocks, int partsMax) {
    this.blocks = blocks;
    this.partsMax = partsMax;
  }

  /// Takes one.
  ///
  /// @param partsMax the first so many mebibytes, those used recently before the others
  public static CacheState of(BlockMap blocks, int partsMax) {
    CacheSnapshot snapshot =
        new CacheSnapshot(blocks, Math.clamp(partsMax, 0, CacheState.PARTS_MAX));
    snapshot.add(true);
    snapshot.add(false);
    return new CacheState(CacheState.PART_BLOCKS_LOG, snapshot.parts, snapshot.named);
  }

  private void add(boolean used) {
    int high = blocks.chunkHigh();
    for (int index = 0; index < high && parts.size() < partsMax; index++) {
      blocks.chunk(index).filter(chunk -> !chunk.local()).ifPresent(chunk -> add(chunk, used));
    }
  }

  private void add(BlockMap.Chunk chunk, boolean used) {
    for (int part = 0; part < PARTS_OF_CHUNK && parts.size() < partsMax; part++) {
      add(chunk, part * CacheState.PART_BLOCKS, used);
    }
  }

  private void add(BlockMap.Chunk chunk, int first, boolean used) {
    int at = parts.size() << CacheState.PART_BLOCKS_LOG;
    boolean any = false;
    boolean anyUsed = false;
    for (int i = 0; i < CacheState.PART_BLOCKS; i++) {
      int word = BlockMap.word(blocks.load(chunk.index(), first + i));
      if ((word & SharedMemoryLayout.F_COUNTED) != 0) {
        named.set(at + i);
        any = true;
        anyUsed |= (word & SharedMemoryLayout.F_USED) != 0;
      }
    }
    if (any && anyUsed == used) {
      parts.add(
          new CacheState.Part(
              chunk.relation(),
              chunk.fork(),
              chunk.number() * SharedMemoryLayout.CHUNK_BLOCKS + first));
    } else {
      named.clear(at, at + CacheState.PART_BLOCKS);
    }
  }
}
