package dev.argon.compute.proposer;

import dev.argon.pgwire.ProtocolException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.HotStandbyFeedback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// The walsender's connection: WAL comes in, positions go out (streaming replication protocol).
final class PostgresLink implements AutoCloseable {

  /// 128 kB of WAL in one message (`MAX_SEND_SIZE`, walsender.c) and what else is on its way.
  static final int RECEIVE_BYTES = 512 << 10;

  private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");
  private static final int XLOG_DATA_HEADER_BYTES = 3 * 8;
  private static final int KEEPALIVE_BYTES = 2 * 8 + 1;

  /// Takes WAL that begins where the last piece ended.
  @FunctionalInterface
  interface WalReceiver {
    void wal(ByteBuffer wal) throws IOException;
  }

  private final StreamLink stream;
  private final java.time.Clock clock;
  private long nextLsn;
  private boolean replyRequested;

  PostgresLink(StreamLink stream, long fromLsn, java.time.Clock clock) {
    this.stream = stream;
    this.clock = clock;
    nextLsn = fromLsn;
  }

  StreamLink stream() {
    return stream;
  }

  /// Reads what has arrived.
  void receive(WalReceiver receiver) throws IOException {
    stream.receive(payload -> handle(payload, receiver));
  }

  private void handle(ByteBuffer payload, WalReceiver receiver) throws IOException {
    byte tag = payload.hasRemaining() ? payload.get() : 0;
    switch (tag) {
      case 'w' -> {
        require(payload, XLOG_DATA_HEADER_BYTES);
        long start = payload.getLong();
        payload.position(payload.position() + 2 * Long.BYTES);
        if (start != nextLsn) {
          throw new ProtocolException(
              "PostgreSQL sent WAL at "
                  + Lsn.toString(start)
                  + " instead of "
                  + Lsn.toString(nextLsn));
        }
        nextLsn += payload.remaining();
        receiver.wal(payload);
      }
      case 'k' -> {
        require(payload, KEEPALIVE_BYTES);
        replyRequested |= payload.get(payload.position() + 2 * Long.BYTES) != 0;
      }
      default -> throw new ProtocolException("replication message with tag " + tag);
    }
  }

  private static void require(ByteBuffer payload, int bytes) throws ProtocolException {
    if (payload.remaining() < bytes) {
      throw new ProtocolException("a replication message that is too short");
    }
  }

  /// Whether PostgreSQL has asked for a report since the last one.
  boolean isReplyRequested() {
    return replyRequested;
  }

  /// Reports `lsn` as written, flushed and applied. The caller checks that nothing is being sent.
  void report(long lsn) throws IOException {
    replyRequested = false;
    stream
        .begin()
        .put((byte) 'r')
        .putLong(lsn)
        .putLong(lsn)
        .putLong(lsn)
        .putLong(ChronoUnit.MICROS.between(POSTGRES_EPOCH, clock.instant()))
        .put((byte) 0);
    stream.send();
  }

  /// Tells what standbys need (hot standby feedback). The caller checks that nothing is being sent.
  void tellNeeds(HotStandbyFeedback needed) throws IOException {
    stream
        .begin()
        .put((byte) 'h')
        .putLong(ChronoUnit.MICROS.between(POSTGRES_EPOCH, clock.instant()))
        .putInt((int) needed.xmin())
        .putInt((int) (needed.xmin() >>> Integer.SIZE))
        .putInt((int) needed.catalogXmin())
        .putInt((int) (needed.catalogXmin() >>> Integer.SIZE));
    stream.send();
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
