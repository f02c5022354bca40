package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Encodes messages one after the other into a buffer that grows. Encoding sends nothing. The
/// length of a message is a placeholder until [#end] fills it in.
///
/// For one thread at a time.
public final class MessageEncoder {

  private static final int FIRST_BYTES = 8 << 10;
  private static final int NO_MESSAGE = -1;

  /// From 0 to position: encoded, not taken.
  private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_BYTES);

  /// Where the length of the message being encoded is to be written.
  private int lengthAt = NO_MESSAGE;

  /// Begins a message; its length is filled in by [#end].
  public void begin(char tag) {
    requireWhole();
    putByte(tag);
    lengthAt = buffer.position();
    putInt(0);
  }

  /// Begins a message without a tag: a startup packet.
  public void beginUntagged() {
    requireWhole();
    lengthAt = buffer.position();
    putInt(0);
  }

  /// Ends the message begun last.
  public void end() {
    buffer.putInt(lengthAt, buffer.position() - lengthAt);
    lengthAt = NO_MESSAGE;
  }

  /// The header of a CopyData whose payload is sent by other means.
  public void copyDataHeader(int payloadBytes) {
    requireWhole();
    putByte('d');
    putInt(4 + payloadBytes);
  }

  /// Throws if a message was begun and not ended: a bug.
  public void requireWhole() {
    if (lengthAt != NO_MESSAGE) {
      throw new IllegalStateException("the message before was not ended");
    }
  }

  public void putByte(int value) {
    room(1).put((byte) value);
  }

  public void putShort(int value) {
    room(2).putShort((short) value);
  }

  public void putInt(int value) {
    room(4).putInt(value);
  }

  public void putLong(long value) {
    room(8).putLong(value);
  }

  public void putBytes(byte[] value) {
    room(value.length).put(value);
  }

  public void putBytes(ByteBuffer value) {
    room(value.remaining()).put(value);
  }

  /// Writes a zero-terminated string.
  ///
  /// @throws IllegalArgumentException if `value` has a zero within; nothing is written then
  public void putCstring(String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a string with a zero character within");
    }
    putBytes(value.getBytes(StandardCharsets.UTF_8));
    putByte(0);
  }

  /// The buffer with room for at least `bytes` more, for encoders that write for themselves.
  public ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      long size = Math.max((long) buffer.position() + bytes, (long) buffer.capacity() * 2);
      ByteBuffer larger = ByteBuffer.allocateDirect(Math.toIntExact(size));
      larger.put(buffer.flip());
      buffer = larger;
    }
    return buffer;
  }

  /// How many bytes are encoded and not taken.
  public int size() {
    return buffer.position();
  }

  /// Gives out what is encoded, from position to limit. The caller consumes it, or a part of it,
  /// and calls [#taken].
  public ByteBuffer take() {
    return buffer.flip();
  }

  /// Ends [#take]: what the caller has not consumed stays, in front of what comes.
  public void taken() {
    if (buffer.hasRemaining()) {
      buffer.compact();
    } else {
      buffer.clear();
    }
  }
}
