package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/// A message that stays valid after the parser has moved on: it may be handed to another thread,
/// and keeps its stretch of the receive buffer until it is closed. Nothing is copied.
///
/// Close each view once, [#retain]ed ones too. What [#body] returned must not be used after that;
/// in debug mode it then reads as [BlockPool#POISON] as soon as no other view needs the block.
public final class MessageView implements AutoCloseable {

  private final Block block;
  private final byte tag;
  private final int offset;
  private final int length;
  private final AtomicBoolean closed = new AtomicBoolean();

  /// @param block already retained for this view
  MessageView(Block block, byte tag, int offset, int length) {
    this.block = block;
    this.tag = tag;
    this.offset = offset;
    this.length = length;
  }

  public byte tag() {
    return tag;
  }

  public int length() {
    return length;
  }

  /// The body, read-only, big-endian; a new buffer object at each call, over the same bytes.
  ///
  /// @throws IllegalStateException if this view is closed
  public ByteBuffer body() {
    requireOpen();
    return block.bytes().slice(offset, length).asReadOnlyBuffer();
  }

  /// One more view of the same message, for one more user.
  public MessageView retain() {
    requireOpen();
    block.retain();
    return new MessageView(block, tag, offset, length);
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("a message view is used after it was closed");
    }
  }

  /// Lets go.
  ///
  /// @throws IllegalStateException the second time
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      throw new IllegalStateException("a message view is closed twice");
    }
    block.release();
  }
}
