package dev.argon.pgwire;

import dev.argon.pgwire.message.BlockPool;
import dev.argon.pgwire.message.MessageParser;
import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.MessageView;
import dev.argon.pgwire.message.ParserLimits;
import dev.argon.pgwire.message.PinnedBytes;
import dev.argon.pgwire.message.ProtocolErrorException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Reads messages from a channel: the I/O around a [MessageParser]. The receive buffer is filled
/// with as much as the socket has; a body is a view of it and stays valid until the next call, or,
/// as a [#retain]ed view, until that is closed.
///
/// After the end of the stream and after any failure the reader is closed: [#next] then says "no
/// message" at once and does not touch the channel, so that a peer that was silent once is not
/// waited for again. The exception is a wait that the channel itself gave up
/// (`InterruptedIOException` that is no timeout): nothing is lost then and [#next] may be called
/// again.
///
/// For one thread at a time; [#close] for any.
public final class MessageReader implements AutoCloseable {

  /// How long views may keep the reader from going on if no other limit is set.
  private static final long PINNED_WAIT_MILLIS = 60_000;

  /// Nobody is in [#fill].
  private static final int FREE = 0;

  private static final int FILLING = 1;

  /// Closed by another thread while one is in [#fill]; that one gives the buffer back.
  private static final int CLOSING = 2;

  private static final int CLOSED = 3;

  private final MessageParser parser;
  private final Deadlines.Deadline deadline;
  private ReadableByteChannel channel;
  private long timeoutMillis;
  private boolean ended;
  private volatile @Nullable IOException failure;
  private final AtomicInteger state = new AtomicInteger(FREE);
  private volatile @Nullable Thread user;

  /// @param messages what the peer may send
  /// @param timeoutMillis the longest wait for the peer's next bytes; 0 is no limit
  public MessageReader(
      ReadableByteChannel channel, MessageSet messages, ParserLimits limits, long timeoutMillis) {
    this.channel = channel;
    this.timeoutMillis = timeoutMillis;
    parser = new MessageParser(BlockPool.shared(), messages, limits);
    deadline = Deadlines.shared().on(channel);
  }

  /// Goes on reading from `encrypted`, which lies on top of the channel so far; deadlines stay on
  /// that.
  void upgrade(ReadableByteChannel encrypted) {
    if (parser.hasUnread()) {
      throw new IllegalStateException("bytes that came before TLS are unread");
    }
    channel = encrypted;
  }

  Channel channel() {
    return channel;
  }

  /// Changes the longest acceptable message, tag included, for the ones to come.
  public void limit(int messageBytesMax) {
    parser.limit(messageBytesMax);
  }

  /// Changes the longest wait for the peer's next bytes; 0 is no limit.
  public void timeout(long millis) {
    timeoutMillis = millis;
  }

  /// Makes the receive buffer at least this large, so that one read takes more.
  public void reserve(int bufferBytes) {
    parser.prefer(bufferBytes);
  }

  /// Waits for the next message.
  ///
  /// @return false if the peer has ended the stream between two messages, or this reader is closed
  /// @throws ProtocolException if what comes is no message
  /// @throws SocketTimeoutException if nothing came in time; the channel is closed then
  public boolean next() throws IOException {
    if (ended) {
      return false;
    }
    try {
      while (!parser.next()) {
        if (!fill()) {
          return end("a message");
        }
      }
      return true;
    } catch (ProtocolErrorException e) {
      throw failed(new ProtocolException(e));
    }
  }

  /// Waits for the packet that opens a connection.
  ///
  /// @return false if the peer has closed before sending anything
  boolean nextStartup() throws IOException {
    if (ended) {
      return false;
    }
    try {
      while (!parser.nextStartup()) {
        if (!fill()) {
          return end("its startup packet");
        }
      }
      return true;
    } catch (ProtocolErrorException e) {
      throw failed(new ProtocolException(e));
    }
  }

  /// Waits for the first byte.
  ///
  /// @return whether it begins a TLS handshake
  boolean beginsTls() throws IOException {
    while (!ended && !parser.hasUnread()) {
      if (!fill()) {
        ended = true;
      }
    }
    return parser.beginsTls();
  }

  private boolean end(String what) throws IOException {
    ended = true;
    if (parser.hasUnread()) {
      throw failed(
          new EOFException("unexpected end: the peer ended the stream in the middle of " + what));
    }
    return false;
  }

  private <E extends IOException> E failed(E reason) {
    ended = true;
    failure = reason;
    return reason;
  }

  /// Whether [#next] would return at once: a whole message has already been received.
  public boolean hasNext() throws ProtocolException {
    try {
      return parser.hasNext();
    } catch (ProtocolErrorException e) {
      throw failed(new ProtocolException(e));
    }
  }

  public byte tag() {
    return parser.tag();
  }

  /// The body of the current message, read-only: valid until the next call of [#next].
  public ByteBuffer body() {
    return parser.body();
  }

  /// The current message as a view that stays valid until it is closed, for any thread.
  public MessageView retain() {
    return parser.retain();
  }

  /// Whether there is nothing to be read any more: the stream has ended, or reading has failed.
  public boolean isClosed() {
    return ended;
  }

  /// How reading from the peer has failed, if it has.
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /// Whether bytes have been received that belong to no message handed out so far.
  boolean hasUnread() {
    return parser.hasUnread();
  }

  /// Takes out the bytes that have been received and belong to no message handed out so far.
  ByteBuffer takeUnread() {
    return parser.takeUnread();
  }

  private boolean fill() throws IOException {
    if (!state.compareAndSet(FREE, FILLING)) {
      throw failed(new ClosedChannelException());
    }
    user = Thread.currentThread();
    try {
      awaitRoom();
      return receive();
    } catch (IOException e) {
      if (e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException)) {
        throw e;
      }
      throw failed(e);
    } finally {
      if (!state.compareAndSet(FILLING, FREE)) {
        state.set(CLOSED);
        ended = true;
        parser.close();
      }
    }
  }

  /// The views of earlier messages may pin so much that the reader has to wait for them.
  private void awaitRoom() throws IOException {
    long waitMillis = timeoutMillis > 0 ? timeoutMillis : PINNED_WAIT_MILLIS;
    PinnedBytes pinned = parser.pinned();
    long seen = pinned.bytes();
    while (!parser.reserve()) {
      try {
        if (!pinned.awaitLess(seen, waitMillis)) {
          throw new IOException("messages that were received are not let go: " + pinned);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      seen = pinned.bytes();
    }
  }

  private boolean receive() throws IOException {
    ByteBuffer space = parser.space();
    int from = space.position();
    deadline.arm(timeoutMillis);
    try {
      int count = channel.read(space);
      if (count == 0) {
        throw new IOException("a read that returned nothing");
      }
      return count > 0;
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
      parser.received(space.position() - from);
    }
  }

  /// Gives back the receive buffer and the deadline; the channel is its owner's. Views live on. The
  /// buffer is reused only if no thread can be using it still.
  @Override
  public void close() {
    deadline.release();
    Thread last = user;
    boolean own = last == null || last.equals(Thread.currentThread());
    if (state.compareAndSet(FREE, CLOSED)) {
      if (own) {
        ended = true;
        parser.close();
      } else {
        parser.abandon();
      }
    } else {
      state.compareAndSet(FILLING, CLOSING);
    }
  }
}
