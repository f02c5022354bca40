package dev.argon.compute.communicator;

import dev.argon.compute.memory.RequestSlots;

/// One block of a request.
///
/// @param index which of the request's blocks
record Fetch(RequestSlots.Request request, int index, Progress progress) {

  int chunk() {
    return request.chunk();
  }

  /// Number within the chunk.
  int blockInChunk() {
    return Integer.remainderUnsigned(
        block(), dev.argon.compute.memory.SharedMemoryLayout.CHUNK_BLOCKS);
  }

  /// Number in the fork.
  int block() {
    return request.firstBlock() + index;
  }

  int token() {
    return request.tokens()[index];
  }
}
