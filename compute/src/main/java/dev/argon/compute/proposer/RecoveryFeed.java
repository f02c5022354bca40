package dev.argon.compute.proposer;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Recovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// Reads WAL from one safekeeper for another that lacks it, on a thread of its own; the proposer's
/// loop takes the pieces. The donor ends the stream if its term is not ours any more.
final class RecoveryFeed {

  /// A piece of WAL.
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Piece(long lsn, byte[] wal) {}

  /// Half a megabyte per lagging safekeeper.
  private static final int PIECES_MAX = 4;

  private static final long OFFER_MILLIS = 500;

  /// XLogData: tag, start, end, time.
  private static final int XLOG_DATA_HEADER_BYTES = 1 + 3 * 8;

  private final BlockingQueue<Piece> pieces = new ArrayBlockingQueue<>(PIECES_MAX);
  private final Runnable arrived;
  private volatile boolean cancelled;
  private volatile boolean ended;
  private volatile String failure = "";

  private RecoveryFeed(Runnable arrived) {
    this.arrived = arrived;
  }

  /// Connects to the donor.
  @FunctionalInterface
  interface Donor {
    PgClient connect() throws IOException, PgErrorException;
  }

  /// Begins to read.
  ///
  /// @param arrived called from the feed's thread after each piece and at the end
  static RecoveryFeed start(Donor donor, Recovery recovery, Runnable arrived) {
    RecoveryFeed feed = new RecoveryFeed(arrived);
    Thread.ofVirtual().name("wal-recovery").start(() -> feed.run(donor, recovery));
    return feed;
  }

  /// The next piece, if one is there.
  Optional<Piece> poll() {
    return Optional.ofNullable(pieces.poll());
  }

  /// Whether no further piece will come after those that wait.
  boolean hasEnded() {
    return ended && pieces.isEmpty();
  }

  /// Why it ended early, or empty.
  String failure() {
    return failure;
  }

  void cancel() {
    cancelled = true;
    pieces.clear();
  }

  private void run(Donor donor, Recovery recovery) {
    try (PgClient client = donor.connect()) {
      CopyStream stream =
          client.copyBoth(
              "START_REPLICATION PHYSICAL "
                  + recovery.fromLsn()
                  + " (term='"
                  + recovery.term()
                  + "')");
      Lsn at = recovery.fromLsn();
      while (!cancelled && at.isBefore(recovery.toLsn()) && stream.receive()) {
        ByteBuffer payload = stream.payload();
        if (payload.remaining() > XLOG_DATA_HEADER_BYTES
            && payload.get(0 + payload.position()) == 'w') {
          at = split(payload, at, recovery.toLsn());
        }
      }
    } catch (IOException | PgErrorException e) {
      failure = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended = true;
      arrived.run();
    }
  }

  private Lsn split(ByteBuffer payload, Lsn expected, Lsn to)
      throws IOException, InterruptedException {
    payload.get();
    long start = payload.getLong();
    payload.getLong();
    payload.getLong();
    if (start != expected.value()) {
      throw new IOException(
          "the donor sent WAL at " + Lsn.toString(start) + " instead of " + expected);
    }
    long at = start;
    while (payload.hasRemaining() && at != to.value()) {
      long room = Math.min(payload.remaining(), to.value() - at);
      byte[] wal = new byte[(int) Math.min(room, ProposerMessage.Append.BYTES_MAX)];
      payload.get(wal);
      Piece piece = new Piece(at, wal);
      while (!pieces.offer(piece, OFFER_MILLIS, TimeUnit.MILLISECONDS)) {
        if (cancelled) {
          return to;
        }
      }
      at += wal.length;
      arrived.run();
    }
    return new Lsn(at);
  }
}
