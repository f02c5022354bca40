package dev.argon.pgwire;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;

/// Cuts a byte stream into messages: a tag byte, a big-endian length that counts itself, a body.
///
/// All bytes go through one receive buffer that is filled with as much as the socket has; a body is
/// a view of it and stays valid until the next call. The buffer grows when a longer message comes,
/// up to the limit set with [#limit], and never by more than what has really arrived once past
/// [#TRUSTED_BYTES]: the word of the peer alone reserves no memory.
///
/// For one thread at a time.
public final class MessageReader implements AutoCloseable {

  /// A message of up to this many bytes gets its room at once.
  private static final int TRUSTED_BYTES = 1 << 20;

  private static final int HEADER_BYTES = 5;

  private final ReadableByteChannel channel;
  private final Deadlines.Deadline deadline;
  private int bytesMax;
  private long timeoutMillis;

  /// Position to limit: received, not consumed. Limit to capacity: free.
  private ByteBuffer buffer;

  /// The body of the current message, a duplicate of [#buffer].
  private ByteBuffer body;

  /// Bytes of the current message, still in the buffer; 0 if there is none.
  private int currentBytes;

  private byte tag;

  /// @param bytesMax the longest acceptable message, tag included
  /// @param bufferBytes the receive buffer's first size
  /// @param timeoutMillis the longest wait for the peer's next bytes; 0 is no limit
  public MessageReader(
      ReadableByteChannel channel, int bytesMax, int bufferBytes, long timeoutMillis) {
    this.channel = channel;
    this.bytesMax = bytesMax;
    this.timeoutMillis = timeoutMillis;
    deadline = Deadlines.shared().on(channel);
    buffer = ByteBuffer.allocateDirect(bufferBytes).limit(0);
    body = buffer.duplicate();
  }

  /// Changes the longest acceptable message for the ones to come.
  public void limit(int messageBytesMax) {
    bytesMax = messageBytesMax;
  }

  /// Changes the longest wait for the peer's next bytes; 0 is no limit.
  public void timeout(long millis) {
    timeoutMillis = millis;
  }

  /// Makes the receive buffer at least this large, so that one read takes more.
  public void reserve(int bufferBytes) {
    dropCurrent();
    if (buffer.capacity() < bufferBytes) {
      resize(bufferBytes);
    }
  }

  /// Waits for the next message.
  ///
  /// @return false if the peer has ended the stream between two messages
  /// @throws ProtocolException if what comes is no message
  /// @throws SocketTimeoutException if nothing came in time; the channel is closed then
  public boolean next() throws IOException {
    dropCurrent();
    while (!parse()) {
      makeRoom();
      if (!fill()) {
        if (buffer.hasRemaining()) {
          throw new EOFException("the peer ended the stream in the middle of a message");
        }
        return false;
      }
    }
    return true;
  }

  /// Whether [#next] would return at once: a whole message has already been received.
  public boolean hasNext() throws ProtocolException {
    int start = buffer.position() + currentBytes;
    if (buffer.limit() - start < HEADER_BYTES) {
      return false;
    }
    return buffer.limit() - start >= 1 + checkedLength(buffer.get(start), buffer.getInt(start + 1));
  }

  public byte tag() {
    return tag;
  }

  /// The body of the current message: valid until the next call of [#next]. Always the same object.
  public ByteBuffer body() {
    return body;
  }

  /// Reads a startup packet: a length that counts itself, then the body; no tag.
  ///
  /// @return false if the peer has closed before sending anything
  boolean nextStartup(int packetBytesMax) throws IOException {
    dropCurrent();
    while (true) {
      if (buffer.remaining() >= 4) {
        int length = buffer.getInt(buffer.position());
        if (length < 8 || length > packetBytesMax) {
          throw new ProtocolException("invalid length of startup packet: " + length);
        }
        if (buffer.remaining() >= length) {
          setBody(4, length);
          tag = 0;
          return true;
        }
      }
      makeRoom();
      if (!fill()) {
        if (buffer.hasRemaining()) {
          throw new EOFException("the peer ended the stream in the middle of its startup packet");
        }
        return false;
      }
    }
  }

  /// Whether bytes have been received that belong to no message handed out so far.
  boolean hasUnread() {
    return buffer.remaining() > currentBytes;
  }

  /// A copy of the bytes that have been received and belong to no message handed out so far.
  ByteBuffer copyOfUnread() {
    ByteBuffer unread = buffer.duplicate();
    unread.position(buffer.position() + currentBytes);
    return ByteBuffer.allocate(unread.remaining()).put(unread).flip();
  }

  private boolean parse() throws ProtocolException {
    if (buffer.remaining() < HEADER_BYTES) {
      return false;
    }
    int start = buffer.position();
    int total = 1 + checkedLength(buffer.get(start), buffer.getInt(start + 1));
    if (buffer.remaining() < total) {
      return false;
    }
    tag = buffer.get(start);
    setBody(HEADER_BYTES, total);
    return true;
  }

  private void setBody(int headerBytes, int totalBytes) {
    int start = buffer.position();
    body.limit(start + totalBytes).position(start + headerBytes);
    currentBytes = totalBytes;
  }

  private int checkedLength(byte messageTag, int length) throws ProtocolException {
    if (length < 4 || length > bytesMax - 1) {
      throw new ProtocolException(
          "invalid length " + length + " of a message with tag " + printable(messageTag));
    }
    return length;
  }

  static String printable(byte tag) {
    return tag > 0x20 && tag < 0x7F
        ? "'" + (char) tag + "'"
        : "0x" + Integer.toHexString(Byte.toUnsignedInt(tag));
  }

  private void dropCurrent() {
    buffer.position(buffer.position() + currentBytes);
    currentBytes = 0;
  }

  /// Makes sure that at least one byte can be read, and that the message that has begun fits.
  private void makeRoom() {
    if (!buffer.hasRemaining()) {
      buffer.clear().limit(0);
      return;
    }
    int start = buffer.position();
    int needed = HEADER_BYTES;
    if (buffer.remaining() >= HEADER_BYTES) {
      needed = 1 + buffer.getInt(start + 1); // checked by parse
    }
    if (start + needed <= buffer.capacity() && buffer.limit() < buffer.capacity()) {
      return;
    }
    if (needed > buffer.capacity() && needed <= TRUSTED_BYTES) {
      resize(needed);
    } else if (start > 0) {
      buffer.compact().flip();
    } else if (buffer.limit() == buffer.capacity()) {
      resize(Math.min(needed, Math.max(TRUSTED_BYTES, buffer.remaining() * 2)));
    }
  }

  private void resize(int capacity) {
    ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(capacity, buffer.remaining()));
    larger.put(buffer).flip();
    buffer = larger;
    body = buffer.duplicate();
  }

  private boolean fill() throws IOException {
    int start = buffer.position();
    int end = buffer.limit();
    buffer.limit(buffer.capacity()).position(end);
    int count = 0;
    deadline.arm(timeoutMillis);
    try {
      count = channel.read(buffer);
    } catch (ClosedChannelException e) {
      if (deadline.expired()) {
        SocketTimeoutException timedOut =
            new SocketTimeoutException("timed out: nothing received for " + timeoutMillis + " ms");
        timedOut.initCause(e);
        throw timedOut;
      }
      throw e;
    } finally {
      deadline.disarm();
      buffer.position(start).limit(end + Math.max(count, 0));
    }
    return count >= 0;
  }

  /// Gives back the deadline; the channel is its owner's.
  @Override
  public void close() {
    deadline.release();
  }
}
