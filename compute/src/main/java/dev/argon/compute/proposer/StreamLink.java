package dev.argon.compute.proposer;

import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.ProtocolException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/// One non-blocking connection in COPY mode, driven by the proposer's event loop: frames CopyData
/// in both directions.
///
/// Sending is one message at a time: while one is only partly written ([#isSending]) the caller
/// prepares no other, so that what waits gathers into larger messages instead of queues.
final class StreamLink implements AutoCloseable {

  /// Receives the payload of each CopyData; the buffer is valid during the call only.
  @FunctionalInterface
  interface PayloadHandler {
    void handle(ByteBuffer payload) throws IOException;
  }

  /// Frame header: tag and length.
  private static final int FRAME_HEADER_BYTES = 5;

  private static final int HEAD_BYTES = 16 << 10;

  /// A vote has an entry of 16 bytes for each term in which the log was written: room for a
  /// million, more than a safekeeper takes in an election's message.
  private static final int FRAME_BYTES_MAX = 16 << 20;

  private final SocketChannel channel;
  private final SelectionKey key;
  private ByteBuffer in;

  /// The message being sent: what was encoded, and two slices of WAL.
  private ByteBuffer head = ByteBuffer.allocateDirect(HEAD_BYTES);

  private final ByteBuffer[] out = {head, ByteBuffer.allocate(0), ByteBuffer.allocate(0)};

  private boolean sending;
  private boolean ended;

  /// @param receiveBytes at least the longest message that comes often; a longer one makes room
  StreamLink(PgClient.Detached connection, Selector selector, Object attachment, int receiveBytes)
      throws IOException {
    channel = connection.channel();
    channel.configureBlocking(false);
    in = ByteBuffer.allocateDirect(receiveBytes);
    in.put(connection.unread());
    key = channel.register(selector, SelectionKey.OP_READ, attachment);
  }

  /// Reads all that has arrived and hands out the payloads.
  ///
  /// @return how many bytes came
  /// @throws IOException also when the connection has ended
  int receive(PayloadHandler handler) throws IOException {
    int total = 0;
    while (true) {
      int room = in.remaining();
      int count = channel.read(in);
      handleFrames(handler);
      if (count < 0) {
        throw new EOFException("the peer closed the connection");
      }
      total += count;
      if (count < room) {
        return total;
      }
    }
  }

  private void handleFrames(PayloadHandler handler) throws IOException {
    in.flip();
    while (in.remaining() >= FRAME_HEADER_BYTES) {
      int start = in.position();
      int length = in.getInt(start + 1);
      if (length < 4 || length >= FRAME_BYTES_MAX) {
        throw new ProtocolException("message of length " + length + " in a COPY stream");
      }
      if (in.remaining() < length + 1) {
        makeRoom(length + 1);
        break;
      }
      handleFrame(in.get(start), in.slice(start + FRAME_HEADER_BYTES, length - 4), handler);
      in.position(start + 1 + length);
    }
    in.compact();
  }

  /// For a message that is longer than those before; the caller compacts.
  private void makeRoom(int bytes) {
    if (bytes > in.capacity()) {
      in = ByteBuffer.allocateDirect(bytes).put(in).flip();
    }
  }

  private void handleFrame(byte tag, ByteBuffer body, PayloadHandler handler) throws IOException {
    switch (tag) {
      case 'd' -> handler.handle(body);
      case 'N', 'S', 'A', 'C', 'Z' -> {}
      case 'c' -> ended = true;
      case 'E' ->
          throw new IOException("the peer ended the stream: " + PgError.decode(body).message());
      default -> throw new ProtocolException("message " + (char) tag + " in a COPY stream");
    }
  }

  /// Whether the peer has said that it sends no more (CopyDone).
  boolean hasEnded() {
    return ended;
  }

  boolean isSending() {
    return sending;
  }

  /// Begins a CopyData message of what fits into 16 kB; encode its payload into the buffer, then
  /// call one of the `send`s.
  ByteBuffer begin() {
    return begin(0);
  }

  /// The same for any size.
  ///
  /// @param payloadBytes how many will be encoded at most
  ByteBuffer begin(int payloadBytes) {
    if (sending) {
      throw new IllegalStateException("the message before has not been sent yet");
    }
    if (FRAME_HEADER_BYTES + payloadBytes > head.capacity()) {
      head = ByteBuffer.allocateDirect(FRAME_HEADER_BYTES + payloadBytes);
      out[0] = head;
    }
    return head.clear().position(FRAME_HEADER_BYTES);
  }

  /// Sends what was encoded.
  void send() throws IOException {
    out[1].limit(0);
    out[2].limit(0);
    frame();
  }

  /// Sends what was encoded, followed by a stretch of the ring.
  void send(WalRing ring, long fromLsn, long toLsn) throws IOException {
    ring.slices(fromLsn, toLsn, out, 1);
    frame();
  }

  /// Sends what was encoded, followed by `wal`, which must not be changed while [#isSending].
  void send(ByteBuffer wal) throws IOException {
    out[1] = wal;
    out[2].limit(0);
    frame();
  }

  private void frame() throws IOException {
    int payload = head.position() - FRAME_HEADER_BYTES + out[1].remaining() + out[2].remaining();
    head.put(0, (byte) 'd').putInt(1, payload + 4).flip();
    sending = true;
    flush();
  }

  /// Goes on writing a message that did not fit into the socket's buffer.
  void flush() throws IOException {
    channel.write(out);
    boolean wasSending = sending;
    sending = out[0].hasRemaining() || out[1].hasRemaining() || out[2].hasRemaining();
    if (sending || (key.interestOps() & SelectionKey.OP_WRITE) != 0 || !wasSending) {
      key.interestOps(SelectionKey.OP_READ | (sending ? SelectionKey.OP_WRITE : 0));
    }
  }

  /// Copies what of the message is not written yet, so that the ring may be overwritten.
  void keepUnsent() {
    for (int i = 1; sending && i < out.length; i++) {
      out[i] = ByteBuffer.allocate(out[i].remaining()).put(out[i]).flip();
    }
  }

  @Override
  public void close() throws IOException {
    key.cancel();
    channel.close();
  }
}
