package dev.argon.pgwire.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A stretch of receive buffer with a count of those who use it: the parser that fills it, and each
/// [MessageView] of it. It goes back to its pool when the last of them lets go.
final class Block {

  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Block.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final BlockPool pool;
  private final ByteBuffer bytes;

  @SuppressWarnings("UnusedVariable") // through REFERENCES
  private volatile int references = 1;

  /// Told when the last user lets go; set once, by the parser, before it lets go itself.
  private volatile @Nullable PinnedBytes pinned;

  private volatile boolean abandoned;

  Block(BlockPool pool, ByteBuffer bytes) {
    this.pool = pool;
    this.bytes = bytes;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  int capacity() {
    return bytes.capacity();
  }

  /// Whether anybody but the parser uses it. Only the parser may ask: once false, it stays so until
  /// the parser itself makes a view.
  boolean isShared() {
    return (int) REFERENCES.getAcquire(this) > 1;
  }

  void retain() {
    int before;
    do {
      before = (int) REFERENCES.getVolatile(this);
      if (before <= 0) {
        throw new IllegalStateException("a receive buffer is used after it was given back");
      }
    } while (!REFERENCES.compareAndSet(this, before, before + 1));
  }

  void release() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException("a receive buffer is given back twice");
    }
    if (before == 1) {
      PinnedBytes counter = pinned;
      if (counter != null) {
        pinned = null;
        counter.remove(capacity());
      }
      if (!abandoned) {
        pool.giveBack(this);
      }
    }
  }

  /// Says that the parser lets go while views are left, whose bytes `counter` counts from now on.
  void pin(PinnedBytes counter) {
    counter.add(capacity());
    pinned = counter;
  }

  /// Never reuse it: a thread may still be reading into it. The garbage collector frees it.
  void abandon() {
    abandoned = true;
    pool.forget(this);
  }

  /// For the pool, before it lends the block again.
  void lend() {
    references = 1;
  }
}
