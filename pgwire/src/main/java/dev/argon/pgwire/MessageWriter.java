package dev.argon.pgwire;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/// Encodes messages into a send buffer and writes it to a socket. Nothing is sent before [#flush],
/// or before so much has gathered that it is worth a write ([#AUTOMATIC_FLUSH_BYTES]). Payloads of
/// CopyData can be given as buffers or as part of a file and are then not copied.
///
/// A peer that stops reading is given [#writeTimeoutMillis]; then the channel is closed.
///
/// For one thread at a time.
public final class MessageWriter implements AutoCloseable {

  private static final int AUTOMATIC_FLUSH_BYTES = 64 << 10;
  private static final int FIRST_BYTES = 8 << 10;
  private static final int NO_MESSAGE = -1;

  private final SocketChannel channel;
  private final Deadlines.Deadline deadline;
  private final long writeTimeoutMillis;

  /// From 0 to position: encoded, not sent.
  private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_BYTES);

  /// Where the length of the message being encoded is to be written.
  private int lengthAt = NO_MESSAGE;

  private final ByteBuffer[] pair = new ByteBuffer[2];
  private final ByteBuffer[] triple = new ByteBuffer[3];

  public MessageWriter(SocketChannel channel, long writeTimeoutMillis) {
    this.channel = channel;
    this.writeTimeoutMillis = writeTimeoutMillis;
    deadline = Deadlines.shared().on(channel);
  }

  /// Begins a message; its length is filled in by [#end].
  public void begin(char tag) {
    beginMessage();
    putByte(tag);
    lengthAt = buffer.position();
    putInt(0);
  }

  /// Begins a message without a tag: a startup packet.
  void beginUntagged() {
    beginMessage();
    lengthAt = buffer.position();
    putInt(0);
  }

  private void beginMessage() {
    if (lengthAt != NO_MESSAGE) {
      throw new IllegalStateException("the message before was not ended");
    }
  }

  /// Ends the message begun last.
  public void end() throws IOException {
    buffer.putInt(lengthAt, buffer.position() - lengthAt);
    lengthAt = NO_MESSAGE;
    if (buffer.position() >= AUTOMATIC_FLUSH_BYTES) {
      flush();
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
  /// @throws IllegalArgumentException if `value` has a zero within
  public void putCstring(String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a string with a zero character within");
    }
    putBytes(value.getBytes(StandardCharsets.UTF_8));
    putByte(0);
  }

  /// The send buffer with room for at least `bytes` more, for encoders that write for themselves.
  public ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      long size = Math.max((long) buffer.position() + bytes, (long) buffer.capacity() * 2);
      ByteBuffer larger = ByteBuffer.allocateDirect(Math.toIntExact(size));
      larger.put(buffer.flip());
      buffer = larger;
    }
    return buffer;
  }

  /// Sends one CopyData whose payload is `payload`, uncopied, after all that was encoded before.
  public void copyData(ByteBuffer payload) throws IOException {
    copyDataHeader(payload.remaining());
    pair[0] = buffer.flip();
    pair[1] = payload;
    writeAll(pair);
    buffer.clear();
  }

  /// As [#copyData(ByteBuffer)], the payload being `head` followed by `rest`.
  public void copyData(ByteBuffer head, ByteBuffer rest) throws IOException {
    copyDataHeader(head.remaining() + rest.remaining());
    triple[0] = buffer.flip();
    triple[1] = head;
    triple[2] = rest;
    writeAll(triple);
    buffer.clear();
  }

  /// Sends one CopyData whose payload is `head` followed by `count` bytes of `file`, which go from
  /// the file to the socket inside the kernel.
  ///
  /// @throws IOException also if the file ends before; the stream is then broken in the middle of a
  ///   message and must be closed
  public void copyData(ByteBuffer head, FileChannel file, long position, int count)
      throws IOException {
    copyDataHeader(head.remaining() + count);
    pair[0] = buffer.flip();
    pair[1] = head;
    writeAll(pair);
    buffer.clear();
    int done = 0;
    while (done < count) {
      deadline.arm(writeTimeoutMillis);
      long moved;
      try {
        moved = file.transferTo(position + done, count - done, channel);
      } catch (ClosedChannelException e) {
        throw explained(e);
      } finally {
        deadline.disarm();
      }
      if (moved <= 0) {
        // The socket is non-blocking underneath while a virtual thread reads from it, and
        // transferTo
        // then gives up when the peer's window is full; write waits.
        moved = copyPart(file, position + done, count - done);
      }
      done += Math.toIntExact(moved);
    }
  }

  /// Sends some bytes of a file through the send buffer, which is empty.
  private int copyPart(FileChannel file, long position, int countMax) throws IOException {
    buffer.clear().limit(Math.min(buffer.capacity(), countMax));
    int count = file.read(buffer, position);
    if (count <= 0) {
      throw new IOException("the file ends at " + position + " while it is being sent");
    }
    buffer.flip();
    writeBuffer();
    return count;
  }

  private void copyDataHeader(int payloadBytes) {
    beginMessage();
    putByte('d');
    putInt(4 + payloadBytes);
  }

  /// Sends all that was encoded.
  public void flush() throws IOException {
    if (lengthAt != NO_MESSAGE) {
      throw new IllegalStateException("flush within a message");
    }
    buffer.flip();
    writeBuffer();
  }

  private void writeBuffer() throws IOException {
    while (buffer.hasRemaining()) {
      deadline.arm(writeTimeoutMillis);
      try {
        channel.write(buffer);
      } catch (ClosedChannelException e) {
        throw explained(e);
      } finally {
        deadline.disarm();
      }
    }
    buffer.clear();
  }

  private void writeAll(ByteBuffer[] parts) throws IOException {
    while (parts[parts.length - 1].hasRemaining()
        || parts[parts.length - 2].hasRemaining()
        || parts[0].hasRemaining()) {
      deadline.arm(writeTimeoutMillis);
      try {
        channel.write(parts);
      } catch (ClosedChannelException e) {
        throw explained(e);
      } finally {
        deadline.disarm();
      }
    }
  }

  private IOException explained(ClosedChannelException e) {
    if (!deadline.expired()) {
      return e;
    }
    SocketTimeoutException timedOut =
        new SocketTimeoutException(
            "timed out: the peer has read nothing for " + writeTimeoutMillis + " ms");
    timedOut.initCause(e);
    return timedOut;
  }

  /// Gives back the deadline; the channel is its owner's.
  @Override
  public void close() {
    deadline.release();
  }
}
