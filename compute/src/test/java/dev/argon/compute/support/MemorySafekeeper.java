package dev.argon.compute.support;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.quorum.AcceptorEffect;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A safekeeper whose disk is an array: the real state machine behind the real protocol.
public final class MemorySafekeeper implements AutoCloseable {

  private final WalLayout layout;
  private final Lsn startLsn;

  /// Guards the state and the log.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition grown = lock.newCondition();
  private AcceptorState state;
  private byte[] log = new byte[1 << 20];
  private final PgServer server;
  private final int port;

  private MemorySafekeeper(AcceptorState state, WalLayout layout, Lsn startLsn, int wantedPort)
      throws IOException {
    this.state = state;
    this.layout = layout;
    this.startLsn = startLsn;
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), wantedPort),
            PgServerSettings.storage("fake-safekeeper"),
            this::query);
    port = server.port();
  }

  /// An empty one on any free port.
  public static MemorySafekeeper start(
      NodeId node, TenantId tenant, TimelineId timeline, ControlState created, WalLayout layout)
      throws IOException {
    AcceptorState state =
        AcceptorState.restored(node, tenant, timeline, created, created.timelineStartLsn());
    return new MemorySafekeeper(state, layout, created.timelineStartLsn(), 0);
  }

  /// The same safekeeper after a restart, on the same port.
  public MemorySafekeeper restarted() throws IOException {
    close();
    AcceptorState restored =
        AcceptorState.restored(
            state.node(), state.tenant(), state.timeline(), state.control(), state.flushLsn());
    MemorySafekeeper next = new MemorySafekeeper(restored, layout, startLsn, port);
    next.log = log;
    return next;
  }

  public int port() {
    return port;
  }

  public AcceptorState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /// The WAL from the timeline's start to what is flushed.
  public byte[] wal() {
    lock.lock();
    try {
      return Arrays.copyOf(log, (int) state.flushLsn().bytesAfter(startLsn));
    } finally {
      lock.unlock();
    }
  }

  private void query(PgConnection connection, String text) throws IOException, PgErrorException {
    if (text.startsWith("START_WAL_PUSH")) {
      new Push(connection.copyBoth()).run();
    } else if (text.startsWith("START_REPLICATION")) {
      replicate(connection.copyBoth(), Lsn.parse(text.split(" ", -1)[2]));
    } else {
      throw new PgErrorException(PgError.error("0A000", text));
    }
    connection.closeAfterQuery();
  }

  private void replicate(CopyStream stream, Lsn from) throws IOException {
    Lsn at = from;
    try {
      while (true) {
        byte[] piece;
        lock.lock();
        try {
          while (!state.flushLsn().isAfter(at)) {
            if (!grown.await(100, TimeUnit.MILLISECONDS)) {
              stream.writer().flush();
            }
          }
          int offset = (int) at.bytesAfter(startLsn);
          int count = (int) Math.min(state.flushLsn().bytesAfter(at), 128 << 10);
          piece = Arrays.copyOfRange(log, offset, offset + count);
        } finally {
          lock.unlock();
        }
        ByteBuffer head = ByteBuffer.allocate(25).put((byte) 'w').putLong(at.value());
        head.putLong(at.value() + piece.length).putLong(0).flip();
        stream.writer().copyData(head, ByteBuffer.wrap(piece));
        at = at.plus(piece.length);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Push {

    private final CopyStream stream;
    private WalStreamDecoder decoder;

    /// Whether an append waits for its answer.
    private boolean appended;

    Push(CopyStream stream) {
      this.stream = stream;
      decoder = WalStreamDecoder.startingAt(startLsn.value(), layout);
    }

    void run() throws IOException, PgErrorException {
      while (stream.receive()) {
        ByteBuffer payload = stream.payload();
        lock.lock();
        try {
          take(payload);
          if (appended && !stream.hasReceived()) {
            appended = false;
            perform(state.flush(), ByteBuffer.allocate(0));
            grown.signalAll();
          }
        } catch (CorruptDataException e) {
          throw new IOException(e);
        } finally {
          lock.unlock();
        }
        stream.writer().flush();
      }
    }

    private void take(ByteBuffer payload)
        throws IOException, CorruptDataException, PgErrorException {
      ProposerMessage message = ProposerCodec.decodeProposerMessage(payload);
      perform(state.on(message), payload);
      appended |= message instanceof ProposerMessage.Append;
      if (message instanceof ProposerMessage.Elected elected) {
        decoder = WalStreamDecoder.startingAt(elected.startStreamingAt().value(), layout);
      }
    }

    private void perform(AcceptorState.Step step, ByteBuffer wal)
        throws IOException, PgErrorException {
      state = step.next();
      for (AcceptorEffect effect : step.effects()) {
        switch (effect) {
          case AcceptorEffect.WriteWal(Lsn begin, Lsn _) -> write(begin, wal);
          case AcceptorEffect.Flush() -> {}
          case AcceptorEffect.TruncateWal(Lsn _) -> {}
          case AcceptorEffect.PersistControl(ControlState _) -> {}
          case AcceptorEffect.Reply(var reply) -> {
            stream.writer().begin('d');
            ProposerCodec.encode(reply, stream.writer().room(ProposerCodec.sizeMax(reply)));
            stream.writer().end();
          }
          case AcceptorEffect.Refuse(String reason) ->
              throw new PgErrorException(PgError.fatal("XX000", reason));
        }
      }
    }

    private void write(Lsn begin, ByteBuffer wal) throws IOException {
      int offset = (int) begin.bytesAfter(startLsn);
      int count = wal.remaining();
      if (offset + count > log.length) {
        log = Arrays.copyOf(log, Math.max(log.length * 2, offset + count));
      }
      wal.get(log, offset, count);
      decoder.feed(log, offset, count);
      try {
        while (decoder.next()) {
          // only the end of the last whole record matters
        }
      } catch (CorruptDataException e) {
        throw new IOException("the proposer sent no valid WAL: " + e.getMessage(), e);
      }
      state = state.written(new Lsn(decoder.boundaryLsn()));
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
