package dev.argon.pageserver.layer;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Unpacked blocks of layer files, and the opened files themselves (index and filter), within a
/// budget of bytes for the whole process.
public final class BlockCache {

  private static final int IDLE_DECOMPRESSORS = 8;

  record BlockId(long file, int block) {}

  private final Cache<BlockId, ByteBuffer> blocks;
  private final Cache<Long, OpenFile> files;
  private final ArrayBlockingQueue<ZstdDecompressCtx> idle =
      new ArrayBlockingQueue<>(IDLE_DECOMPRESSORS);
  private final AtomicLong nextFile = new AtomicLong();
  private final AtomicLong blocksRead = new AtomicLong();

  /// A cache of so many bytes of blocks, and as many again of indexes and filters.
  public BlockCache(long bytesMax) {
    blocks =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((BlockId id, ByteBuffer block) -> block.capacity() + 64)
            .executor(Runnable::run)
            .build();
    files =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((Long id, OpenFile file) -> file.memoryBytes())
            .executor(Runnable::run)
            .build();
  }

  /// Blocks read from disk so far.
  public long blocksRead() {
    return blocksRead.get();
  }

  long newFile() {
    return nextFile.incrementAndGet();
  }

  @Nullable ByteBuffer block(long file, int block) {
    return blocks.getIfPresent(new BlockId(file, block));
  }

  void putBlock(long file, int block, ByteBuffer content) {
    blocks.put(new BlockId(file, block), content);
  }

  @Nullable OpenFile file(long file) {
    return files.getIfPresent(file);
  }

  void putFile(long file, OpenFile open) {
    files.put(file, open);
  }

  void forget(long file) {
    files.invalidate(file);
  }

  /// Unpacks a block.
  ///
  /// @return null if the bytes are no such block
  byte @Nullable [] unpack(byte[] stored, int length) {
    blocksRead.incrementAndGet();
    ZstdDecompressCtx context = idle.poll();
    if (context == null) {
      context = new ZstdDecompressCtx();
    }
    try {
      byte[] content = new byte[length];
      int got = context.decompressByteArray(content, 0, length, stored, 0, stored.length);
      return got == length ? content : null;
    } catch (com.github.luben.zstd.ZstdException e) {
      return null;
    } finally {
      if (!idle.offer(context)) {
        context.close();
      }
    }
  }
}
