package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Lends stretches of direct memory to parsers and keeps what they give back for the next one.
///
/// Sizes up to 1 MiB are rounded up to a power of two and kept, at most so many bytes altogether;
/// larger ones are made as long as asked for and left to the garbage collector.
///
/// In debug mode (assertions enabled for this package, or `-Dargon.poison=true`) what is given back
/// is overwritten with [#POISON], so that whoever goes on reading a message that is no longer his
/// finds out.
public final class BlockPool {

  /// What freed bytes read as in debug mode.
  public static final byte POISON = (byte) 0xDB;

  static final boolean POISONING =
      Boolean.getBoolean("argon.poison") || BlockPool.class.desiredAssertionStatus();

  static final int BLOCK_BYTES_MIN = 8 << 10;
  static final int POOLED_BYTES_MAX = 1 << 20;

  private static final long SHARED_IDLE_BYTES_MAX = 32 << 20;
  private static final byte[] POISONED = poisoned();
  private static final BlockPool SHARED = new BlockPool(SHARED_IDLE_BYTES_MAX);

  private final long idleBytesMax;
  private final List<ConcurrentLinkedQueue<Block>> idle = new ArrayList<>();
  private final AtomicLong idleBytes = new AtomicLong();
  private final AtomicLong lentBytes = new AtomicLong();

  /// @param idleBytesMax how much is kept for the next one
  public BlockPool(long idleBytesMax) {
    this.idleBytesMax = idleBytesMax;
    for (int bytes = BLOCK_BYTES_MIN; bytes <= POOLED_BYTES_MAX; bytes *= 2) {
      idle.add(new ConcurrentLinkedQueue<>());
    }
  }

  /// The one of this process.
  public static BlockPool shared() {
    return SHARED;
  }

  /// Bytes that are in use now.
  public long lentBytes() {
    return lentBytes.get();
  }

  /// Bytes that are kept for the next one.
  public long idleBytes() {
    return idleBytes.get();
  }

  /// @return a block of at least `bytes`
  Block take(int bytes) {
    @Nullable Block block = bytes <= POOLED_BYTES_MAX ? idle.get(index(bytes)).poll() : null;
    if (block != null) {
      idleBytes.addAndGet(-block.capacity());
      block.lend();
    } else {
      int size = bytes <= POOLED_BYTES_MAX ? BLOCK_BYTES_MIN << index(bytes) : bytes;
      block = new Block(this, ByteBuffer.allocateDirect(size));
    }
    lentBytes.addAndGet(block.capacity());
    return block;
  }

  private static int index(int bytes) {
    int doublings = 0;
    while (BLOCK_BYTES_MIN << doublings < bytes) {
      doublings++;
    }
    return doublings;
  }

  void giveBack(Block block) {
    int size = block.capacity();
    lentBytes.addAndGet(-size);
    if (POISONING) {
      poison(block.bytes(), 0, size);
    }
    if (size > POOLED_BYTES_MAX) {
      return;
    }
    if (idleBytes.addAndGet(size) > idleBytesMax) {
      idleBytes.addAndGet(-size);
    } else {
      idle.get(index(size)).add(block);
    }
  }

  void forget(Block block) {
    lentBytes.addAndGet(-block.capacity());
  }

  static void poison(ByteBuffer bytes, int from, int to) {
    for (int at = from; at < to; at += POISONED.length) {
      bytes.put(at, POISONED, 0, Math.min(POISONED.length, to - at));
    }
  }

  private static byte[] poisoned() {
    byte[] bytes = new byte[4 << 10];
    Arrays.fill(bytes, POISON);
    return bytes;
  }
}
