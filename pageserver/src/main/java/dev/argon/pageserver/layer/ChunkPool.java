package dev.argon.pageserver.layer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// Memory for in-memory layers, outside the heap, in chunks of one size that go from layer to
/// layer. Larger ones, for values that do not fit, are made and left to the collector.
public final class ChunkPool {

  static final int CHUNK_SIZE = 1 << 20;

  private final int freeMax;

  /// Guards `free`; innermost.
  private final ReentrantLock lock = new ReentrantLock();

  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private final AtomicLong bytesInUse = new AtomicLong();

  /// A pool that keeps at most `bytesKept` for later use.
  public ChunkPool(long bytesKept) {
    freeMax = (int) Math.min(Integer.MAX_VALUE, bytesKept / CHUNK_SIZE);
  }

  /// What layers hold of it now.
  public long bytesInUse() {
    return bytesInUse.get();
  }

  ByteBuffer take(int sizeMin) {
    bytesInUse.addAndGet(Math.max(sizeMin, CHUNK_SIZE));
    if (sizeMin <= CHUNK_SIZE) {
      lock.lock();
      try {
        ByteBuffer chunk = free.poll();
        if (chunk != null) {
          return chunk.clear();
        }
      } finally {
        lock.unlock();
      }
    }
    return ByteBuffer.allocateDirect(Math.max(sizeMin, CHUNK_SIZE));
  }

  void give(ByteBuffer chunk) {
    bytesInUse.addAndGet(-chunk.capacity());
    lock.lock();
    try {
      if (chunk.capacity() == CHUNK_SIZE && free.size() < freeMax) {
        free.push(chunk);
      }
    } finally {
      lock.unlock();
    }
  }
}
