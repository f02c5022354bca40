package dev.argon.pgwire.tls;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/// A blocking socket with TLS on top. One thread may read while another writes. Deadlines are set
/// on the socket below, as without TLS: every wait in here is one of its reads or writes.
///
/// The end of the socket's stream counts as the end of this one, with or without TLS's own
/// close_notify: the protocol above has its own framing, so a cut is noticed there (as PostgreSQL
/// itself does it). Renegotiation (TLS 1.2) is refused; key updates (TLS 1.3) are answered.
public final class TlsChannel implements ByteChannel, GatheringByteChannel {

  /// So many records are read or written with one system call.
  private static final int RECORDS = 4;

  private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

  private final SocketChannel socket;
  private final SSLEngine engine;

  /// Guards unwrapping: [#netIn], [#appIn]. Held while the socket is read, which is its purpose.
  /// Before [#writeLock] in the order of locks.
  private final ReentrantLock readLock = new ReentrantLock();

  /// Guards wrapping: [#netOut]. Held while the socket is written, which is its purpose.
  private final ReentrantLock writeLock = new ReentrantLock();

  /// Position to limit: received, not decrypted.
  private ByteBuffer netIn;

  /// Position to limit: decrypted, not handed out.
  private ByteBuffer appIn;

  /// Position to limit: encrypted, not sent.
  private ByteBuffer netOut;

  private final ByteBuffer[] single = new ByteBuffer[1];
  private boolean established;

  /// @param engine configured, its handshake not begun
  /// @param received bytes of the peer's handshake that were read before
  public TlsChannel(SocketChannel socket, SSLEngine engine, ByteBuffer received) {
    this.socket = socket;
    this.engine = engine;
    SSLSession session = engine.getSession();
    int packetBytes = session.getPacketBufferSize();
    netIn = ByteBuffer.allocateDirect(Math.max(RECORDS * packetBytes, received.remaining()));
    netIn.put(received).flip();
    netOut = ByteBuffer.allocateDirect(RECORDS * packetBytes).limit(0);
    appIn = ByteBuffer.allocateDirect(session.getApplicationBufferSize()).limit(0);
  }

  /// Agrees on keys with the peer. To be called once, before anything else.
  ///
  /// @throws SSLException if the two do not agree, or one does not trust the other's certificate;
  ///   the peer is told
  public void handshake() throws IOException {
    engine.beginHandshake();
    try {
      HandshakeStatus status = engine.getHandshakeStatus();
      while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
        status = step(status);
      }
    } catch (SSLException e) {
      tellPeer(e);
      throw e;
    }
    established = true;
  }

  private HandshakeStatus step(HandshakeStatus status) throws IOException {
    return switch (status) {
      case NEED_WRAP -> {
        HandshakeStatus next = wrap(NOTHING).getHandshakeStatus();
        send();
        yield next;
      }
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
        SSLEngineResult result = engine.unwrap(netIn, appIn.clear());
        appIn.flip();
        switch (result.getStatus()) {
          case BUFFER_UNDERFLOW -> {
            if (receive() < 0) {
              throw new EOFException("the peer closed the connection during the TLS handshake");
            }
          }
          case CLOSED -> throw new SSLException("the peer ended the TLS handshake");
          case BUFFER_OVERFLOW -> throw new SSLException("a TLS record that is too long");
          case OK -> {}
        }
        yield result.getHandshakeStatus();
      }
      case NEED_TASK -> {
        runTasks();
        yield engine.getHandshakeStatus();
      }
      case FINISHED, NOT_HANDSHAKING -> status;
    };
  }

  /// Sends the alert that the engine has prepared.
  private void tellPeer(SSLException reason) {
    try {
      engine.closeOutbound();
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        SSLEngineResult result = wrap(NOTHING);
        send();
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
          return;
        }
      }
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private void runTasks() {
    Runnable task = engine.getDelegatedTask();
    while (task != null) {
      task.run();
      task = engine.getDelegatedTask();
    }
  }

  /// What was agreed on.
  public SSLSession session() {
    return engine.getSession();
  }

  /// The protocol agreed on by ALPN, empty if none.
  public String applicationProtocol() {
    String protocol = engine.getApplicationProtocol();
    return protocol == null ? "" : protocol;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    readLock.lock();
    try {
      if (appIn.hasRemaining()) {
        return handOut(target);
      }
      int total = 0;
      while (true) {
        boolean direct = target.remaining() >= engine.getSession().getApplicationBufferSize();
        if (total > 0 && !direct) {
          return total;
        }
        ByteBuffer into = direct ? target : appIn.clear();
        SSLEngineResult result;
        try {
          result = engine.unwrap(netIn, into);
        } finally {
          if (!direct) {
            appIn.flip();
          }
        }
        switch (result.getStatus()) {
          case OK -> {
            afterUnwrap(result.getHandshakeStatus());
            if (direct) {
              total += result.bytesProduced();
            } else if (appIn.hasRemaining()) {
              return handOut(target);
            }
          }
          case BUFFER_UNDERFLOW -> {
            if (total > 0) {
              return total;
            }
            int count = receive();
            if (count <= 0) {
              return count;
            }
          }
          case BUFFER_OVERFLOW -> throw new SSLException("a TLS record that is too long");
          case CLOSED -> {
            return total > 0 ? total : -1;
          }
        }
      }
    } finally {
      readLock.unlock();
    }
  }

  private int handOut(ByteBuffer target) {
    int count = Math.min(target.remaining(), appIn.remaining());
    target.put(target.position(), appIn, appIn.position(), count);
    target.position(target.position() + count);
    appIn.position(appIn.position() + count);
    return count;
  }

  /// What the peer's record asks of this side: nothing nearly always.
  private void afterUnwrap(HandshakeStatus status) throws IOException {
    switch (status) {
      case NOT_HANDSHAKING, FINISHED, NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {}
      case NEED_TASK -> {
        requireTls13();
        runTasks();
        afterUnwrap(engine.getHandshakeStatus());
      }
      case NEED_WRAP -> {
        requireTls13();
        writeLock.lock();
        try {
          wrap(NOTHING);
          send();
        } finally {
          writeLock.unlock();
        }
      }
    }
  }

  private void requireTls13() throws SSLException {
    if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
      throw new SSLException("renegotiation is refused");
    }
  }

  private int receive() throws IOException {
    if (netIn.position() > 0) {
      netIn.compact();
    } else {
      netIn.position(netIn.limit()).limit(netIn.capacity());
    }
    try {
      return socket.read(netIn);
    } finally {
      netIn.flip();
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    writeLock.lock();
    try {
      single[0] = source;
      return Math.toIntExact(write(single, 0, 1));
    } finally {
      writeLock.unlock();
    }
  }

  @Override
  public long write(ByteBuffer[] sources) throws IOException {
    return write(sources, 0, sources.length);
  }

  /// Writes all that is in `sources`.
  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    writeLock.lock();
    try {
      long total = 0;
      while (true) {
        send();
        SSLEngineResult result = null;
        netOut.clear();
        try {
          while (hasRemaining(sources, offset, length)
              && netOut.remaining() >= engine.getSession().getPacketBufferSize()) {
            result = engine.wrap(sources, offset, length, netOut);
            requireOk(result);
            total += result.bytesConsumed();
          }
        } finally {
          netOut.flip();
        }
        if (result == null) {
          return total;
        }
      }
    } finally {
      writeLock.unlock();
    }
  }

  private static boolean hasRemaining(ByteBuffer[] sources, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (sources[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  private static void requireOk(SSLEngineResult result) throws SSLException {
    if (result.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("TLS is closed for sending: " + result.getStatus());
    }
  }

  /// Encrypts into the empty [#netOut].
  private SSLEngineResult wrap(ByteBuffer[] sources) throws IOException {
    send();
    netOut.clear();
    try {
      return engine.wrap(sources, netOut);
    } finally {
      netOut.flip();
    }
  }

  private void send() throws IOException {
    while (netOut.hasRemaining()) {
      if (socket.write(netOut) == 0) {
        throw new IOException("write zero: the socket takes nothing");
      }
    }
  }

  /// Tells the peer that nothing more will be sent (close_notify), and ends the socket's output.
  public void shutdownOutput() throws IOException {
    writeLock.lock();
    try {
      if (established) {
        engine.closeOutbound();
        wrap(NOTHING);
        send();
      }
    } finally {
      writeLock.unlock();
    }
    socket.shutdownOutput();
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  /// Closes the socket, without a word; any thread may, and waits on it end.
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
