package dev.argon.pgwire;

import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.MessageEncoder;
import dev.argon.pgwire.message.StartupPacket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Encodes messages into a send buffer and writes it to a channel: the I/O around a
/// [MessageEncoder]. Nothing is sent before [#flush], or before so much has gathered that it is
/// worth a write ([#AUTOMATIC_FLUSH_BYTES]). Payloads of CopyData can be given as buffers or as
/// part of a file and are then not copied.
///
/// A peer that stops reading is given [#writeTimeoutMillis]; then the channel is closed. If a write
/// is given up by the channel without closing it, what was not sent stays and the next [#flush]
/// goes on where it stopped.
///
/// For one thread at a time.
public final class MessageWriter implements AutoCloseable {

  private static final int AUTOMATIC_FLUSH_BYTES = 64 << 10;

  private final MessageEncoder encoder = new MessageEncoder();
  private final Deadlines.Deadline deadline;
  private final long writeTimeoutMillis;
  private GatheringByteChannel channel;
  private volatile @Nullable IOException failure;

  private final ByteBuffer[] pair = new ByteBuffer[2];
  private final ByteBuffer[] triple = new ByteBuffer[3];

  public MessageWriter(GatheringByteChannel channel, long writeTimeoutMillis) {
    this.channel = channel;
    this.writeTimeoutMillis = writeTimeoutMillis;
    deadline = Deadlines.shared().on(channel);
  }

  /// Goes on writing to `encrypted`, which lies on top of the channel so far; deadlines stay on
  /// that.
  void upgrade(GatheringByteChannel encrypted) {
    channel = encrypted;
  }

  /// Begins a message; its length is filled in by [#end].
  public void begin(char tag) {
    encoder.begin(tag);
  }

  /// Ends the message begun last.
  public void end() throws IOException {
    encoder.end();
    if (encoder.size() >= AUTOMATIC_FLUSH_BYTES) {
      flush();
    }
  }

  /// Encodes a whole message.
  public void put(BackendMessage message) throws IOException {
    message.encode(encoder);
    if (encoder.size() >= AUTOMATIC_FLUSH_BYTES) {
      flush();
    }
  }

  /// Encodes a whole message.
  public void put(FrontendMessage message) throws IOException {
    message.encode(encoder);
    if (encoder.size() >= AUTOMATIC_FLUSH_BYTES) {
      flush();
    }
  }

  void put(StartupPacket packet) {
    packet.encode(encoder);
  }

  public void putByte(int value) {
    encoder.putByte(value);
  }

  public void putShort(int value) {
    encoder.putShort(value);
  }

  public void putInt(int value) {
    encoder.putInt(value);
  }

  public void putLong(long value) {
    encoder.putLong(value);
  }

  public void putBytes(byte[] value) {
    encoder.putBytes(value);
  }

  public void putBytes(ByteBuffer value) {
    encoder.putBytes(value);
  }

  /// Writes a zero-terminated string.
  ///
  /// @throws IllegalArgumentException if `value` has a zero within
  public void putCstring(String value) {
    encoder.putCstring(value);
  }

  /// The send buffer with room for at least `bytes` more, for encoders that write for themselves.
  public ByteBuffer room(int bytes) {
    return encoder.room(bytes);
  }

  /// Sends one CopyData whose payload is `payload`, uncopied, after all that was encoded before.
  public void copyData(ByteBuffer payload) throws IOException {
    encoder.copyDataHeader(payload.remaining());
    pair[1] = payload;
    writeAll(pair);
  }

  /// As [#copyData(ByteBuffer)], the payload being `head` followed by `rest`.
  public void copyData(ByteBuffer head, ByteBuffer rest) throws IOException {
    encoder.copyDataHeader(head.remaining() + rest.remaining());
    triple[1] = head;
    triple[2] = rest;
    writeAll(triple);
  }

  /// Sends one CopyData whose payload is `head` followed by `count` bytes of `file`, which go from
  /// the file to the socket inside the kernel (without TLS).
  ///
  /// @throws IOException also if the file ends before; the stream is then broken in the middle of a
  ///   message and must be closed
  public void copyData(ByteBuffer head, FileChannel file, long position, int count)
      throws IOException {
    encoder.copyDataHeader(head.remaining() + count);
    pair[1] = head;
    writeAll(pair);
    int done = 0;
    while (done < count) {
      long moved = transfer(file, position + done, count - done);
      if (moved <= 0) {
        // The socket is non-blocking underneath while a virtual thread reads from it, and
        // transferTo then gives up when the peer's window is full; write waits.
        moved = copyPart(file, position + done, count - done);
      }
      done += Math.toIntExact(moved);
    }
  }

  /// @return 0 if it is not possible now
  private long transfer(FileChannel file, long position, int count) throws IOException {
    if (!(channel instanceof SocketChannel socket)) {
      return 0;
    }
    deadline.arm(writeTimeoutMillis);
    try {
      return file.transferTo(position, count, socket);
    } catch (IOException e) {
      throw failed(e);
    } finally {
      deadline.disarm();
    }
  }

  /// Sends some bytes of a file through the send buffer, which is empty.
  private int copyPart(FileChannel file, long position, int countMax) throws IOException {
    ByteBuffer buffer = encoder.room(Math.min(AUTOMATIC_FLUSH_BYTES, countMax));
    int limit = buffer.limit();
    buffer.limit(Math.min(limit, buffer.position() + countMax));
    int count;
    try {
      count = file.read(buffer, position);
    } finally {
      buffer.limit(limit);
    }
    if (count <= 0) {
      throw new IOException("the file ends at " + position + " while it is being sent");
    }
    flush();
    return count;
  }

  /// Sends all that was encoded.
  public void flush() throws IOException {
    encoder.requireWhole();
    ByteBuffer buffer = encoder.take();
    try {
      while (buffer.hasRemaining()) {
        deadline.arm(writeTimeoutMillis);
        try {
          requireProgress(channel.write(buffer));
        } finally {
          deadline.disarm();
        }
      }
    } catch (IOException e) {
      throw failed(e);
    } finally {
      encoder.taken();
    }
  }

  /// Sends what was encoded, then the rest of `parts`. If that is given up, what was not sent is
  /// kept in the send buffer.
  private void writeAll(ByteBuffer[] parts) throws IOException {
    parts[0] = encoder.take();
    boolean done = false;
    try {
      while (hasRemaining(parts)) {
        deadline.arm(writeTimeoutMillis);
        try {
          requireProgress(channel.write(parts));
        } finally {
          deadline.disarm();
        }
      }
      done = true;
    } catch (IOException e) {
      throw failed(e);
    } finally {
      encoder.taken();
      for (int i = 1; i < parts.length; i++) {
        if (!done) {
          encoder.putBytes(parts[i]);
        }
      }
    }
  }

  private static boolean hasRemaining(ByteBuffer[] parts) {
    for (int i = parts.length - 1; i >= 0; i--) {
      if (parts[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  private static void requireProgress(long count) throws IOException {
    if (count <= 0) {
      throw new IOException("write zero: the connection takes nothing");
    }
  }

  private IOException failed(IOException e) {
    IOException reason = e;
    if (e instanceof ClosedChannelException && deadline.expired()) {
      reason =
          new SocketTimeoutException(
              "timed out: the peer has read nothing for " + writeTimeoutMillis + " ms");
      reason.initCause(e);
    }
    if (!(reason instanceof InterruptedIOException) || reason instanceof SocketTimeoutException) {
      failure = reason;
    }
    return reason;
  }

  /// How writing to the peer has failed, if it has.
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /// Gives back the deadline; the channel is its owner's.
  @Override
  public void close() {
    deadline.release();
  }
}
