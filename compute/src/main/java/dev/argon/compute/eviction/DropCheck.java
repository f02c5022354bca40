package dev.argon.compute.eviction;

import dev.argon.compute.memory.BlockMap;
import java.io.IOException;

/// A second opinion on a block that the rules allow to drop: compare mode's. For the evictor's
/// thread.
public interface DropCheck extends AutoCloseable {

  /// Whether it is to be asked at all.
  boolean isWanted();

  /// Whether the block may be dropped.
  ///
  /// @param blockInChunk number within the chunk
  /// @param token the block's as it was seen, PRESENT
  boolean allows(BlockMap.Chunk chunk, int blockInChunk, int token) throws IOException;

  @Override
  void close();
}
