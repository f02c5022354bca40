package dev.argon.compute.communicator;

import dev.argon.compute.memory.RequestSlots;
import dev.argon.compute.memory.SharedMemoryLayout;

/// One block of a request: to be installed, or to be compared.
///
/// @param index which of the request's blocks
record Fetch(RequestSlots.Request request, int index, Progress progress) {

  /// Whether its page is only to be compared with the file's.
  boolean isComparison() {
    return request.kind() != SharedMemoryLayout.REQUEST_FETCH;
  }

  int chunk() {
    return request.chunk();
  }

  /// Number within the chunk.
  int blockInChunk() {
    return Integer.remainderUnsigned(block(), SharedMemoryLayout.CHUNK_BLOCKS);
  }

  /// Number in the fork.
  int block() {
    return request.firstBlock() + index;
  }

  int token() {
    return request.tokens()[index];
  }
}
