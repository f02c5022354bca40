package dev.argon.safekeeper.send;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.FeedbackCodec;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Takes what the reader of a stream reports, on a thread of its own: `r` standby status, `h` hot
/// standby feedback, `z` pageserver feedback.
final class FeedbackReceiver {

  private static final System.Logger LOGGER = System.getLogger(FeedbackReceiver.class.getName());
  private static final Duration JOIN_WAIT = Duration.ofSeconds(10);
  private static final int HOT_STANDBY_BYTES = 24;
  private static final AtomicLong IDS = new AtomicLong();

  private final Timeline timeline;
  private final CopyStream stream;
  private final PgConnection connection;
  private final WalUsers.Sender user;
  private final long id = IDS.incrementAndGet();
  private final Thread thread;
  private volatile boolean ended;

  FeedbackReceiver(
      Timeline timeline, CopyStream stream, PgConnection connection, WalUsers.Sender user) {
    this.user = user;
    this.timeline = timeline;
    this.stream = stream;
    this.connection = connection;
    // No virtual thread: one that reads makes the socket non-blocking, and sendfile then gives up
    // early.
    thread = Thread.ofPlatform().daemon().name("feedback-" + id).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean hasEnded() {
    return ended;
  }

  /// Waits for the thread; the connection's input has been ended before.
  void join() throws IOException {
    try {
      if (!thread.join(JOIN_WAIT)) {
        connection.abort();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void run() {
    try {
      while (stream.receive()) {
        take(stream.payload());
      }
    } catch (CorruptDataException | PgErrorException e) {
      LOGGER.log(
          Level.WARNING, "timeline " + timeline.key() + ": a reader''s feedback is not valid", e);
    } catch (IOException e) {
      LOGGER.log(
          Level.INFO, "timeline {0}: reader terminated: {1}", timeline.key(), e.getMessage());
    } finally {
      ended = true;
      timeline.readers().gone(id);
      timeline.progress().wake();
    }
  }

  private void take(ByteBuffer message) throws CorruptDataException {
    if (!message.hasRemaining()) {
      throw new CorruptDataException("an empty message");
    }
    byte tag = message.get();
    switch (tag) {
      case 'z' -> {
        if (message.remaining() < Long.BYTES) {
          throw new CorruptDataException("a pageserver feedback of " + message.remaining());
        }
        message.getLong(); // its length, which we know
        PageserverFeedback feedback = FeedbackCodec.decode(message);
        user.reported(feedback);
        timeline.readers().pageserver(feedback);
      }
      case 'h' -> {
        if (message.remaining() < HOT_STANDBY_BYTES) {
          throw new CorruptDataException("a hot standby feedback of " + message.remaining());
        }
        long timestamp = message.getLong();
        timeline
            .readers()
            .standby(id, new HotStandbyFeedback(timestamp, fullXid(message), fullXid(message)));
      }
      case 'r' -> {} // how far a stock receiver is decides nothing here
      default -> throw new CorruptDataException("a message with tag " + tag);
    }
  }

  private static long fullXid(ByteBuffer message) {
    long xid = Integer.toUnsignedLong(message.getInt());
    long epoch = Integer.toUnsignedLong(message.getInt());
    return xid == 0 ? 0 : epoch << 32 | xid;
  }
}
