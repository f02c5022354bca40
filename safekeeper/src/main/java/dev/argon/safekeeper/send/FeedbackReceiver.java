package dev.argon.safekeeper.send;

import dev.argon.node.LogContext;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.FeedbackCodec;
import dev.argon.safekeeper.stream.CopyBothStream;
import dev.argon.safekeeper.stream.StreamEnd;
import dev.argon.safekeeper.timeline.Readers;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/// Takes what the reader of a stream reports, on a thread of its own: `r` standby status, `h` hot
/// standby feedback, `z` pageserver feedback. It is also the one that notices that the reader has
/// gone while there is nothing to send, or while the sending thread is stuck.
final class FeedbackReceiver {

  private static final System.Logger LOGGER = System.getLogger(FeedbackReceiver.class.getName());
  private static final Duration JOIN_WAIT = Duration.ofSeconds(10);
  private static final int HOT_STANDBY_BYTES = 24;
  private static final int STANDBY_STATUS_BYTES = 33;

  private final Timeline timeline;
  private final CopyStream stream;
  private final PgConnection connection;
  private final WalUsers.Sender user;
  private final long id;
  private final Thread thread;
  private boolean hasWarned;
  private volatile boolean stopping;
  private volatile boolean replyWanted;
  private volatile Optional<StreamEnd> end = Optional.empty();

  FeedbackReceiver(
      Timeline timeline,
      CopyStream stream,
      PgConnection connection,
      CopyBothStream copyBoth,
      WalUsers.Sender user) {
    this.user = user;
    this.timeline = timeline;
    this.stream = stream;
    this.connection = connection;
    id = copyBoth.id();
    LogContext context = copyBoth.context();
    // No virtual thread: one that reads makes the socket non-blocking, and sendfile then gives up
    // early.
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("feedback-" + id)
            .unstarted(() -> ScopedValue.where(LogContext.CURRENT, context).run(this::run));
  }

  void start() {
    thread.start();
  }

  /// How the reader's direction has ended, if it has.
  Optional<StreamEnd> end() {
    return end;
  }

  /// Whether the reader has asked for a sign of life since the last call.
  boolean takeReplyWanted() {
    if (!replyWanted) {
      return false;
    }
    replyWanted = false;
    return true;
  }

  /// Ends the thread and waits for it. What the sending thread still has to say can be sent
  /// afterwards.
  ///
  /// @return how the reader's direction has ended
  StreamEnd stop() throws IOException {
    stopping = true;
    if (end.isEmpty()) {
      connection.abortInput();
    }
    try {
      if (!thread.join(JOIN_WAIT)) {
        connection.abort();
        thread.join();
      }
    } catch (InterruptedException e) {
      connection.abort();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return end.orElseThrow();
  }

  private void run() {
    StreamEnd mine =
        StreamEnd.of(() -> {
          while (stream.receive()) {
            take(stream.payload());
          }
          return StreamEnd.of(stream);
        });
    end = Optional.of(mine);
    timeline.readers().gone(id);
    boolean isGone =
        switch (mine) {
          case StreamEnd.EndOfStream _, StreamEnd.Terminate _, StreamEnd.Disconnected _ -> true;
          case StreamEnd.CopyDone _,
              StreamEnd.CopyFail _,
              StreamEnd.ServerInitiated _,
              StreamEnd.Cancelled _,
              StreamEnd.Refused _,
              StreamEnd.Failed _ ->
              false;
        };
    if (isGone && !stopping) {
      connection.abort(); // the sending thread may be stuck in a write
    }
    timeline.progress().wake();
  }

  private void take(ByteBuffer message) throws CorruptDataException {
    if (!message.hasRemaining()) {
      throw new CorruptDataException("an empty message");
    }
    byte tag = message.get();
    switch (tag) {
      case 'z' -> {
        require(message, Long.BYTES, "a pageserver feedback");
        message.getLong(); // its length, which we know
        PageserverFeedback feedback = FeedbackCodec.decode(message);
        user.reported(feedback);
        timeline.readers().pageserver(feedback);
      }
      case 'h' -> {
        require(message, HOT_STANDBY_BYTES, "a hot standby feedback");
        long timestamp = message.getLong();
        timeline
            .readers()
            .standby(id, new HotStandbyFeedback(timestamp, fullXid(message), fullXid(message)));
      }
      case 'r' -> {
        require(message, STANDBY_STATUS_BYTES, "a standby status");
        timeline
            .readers()
            .standbyReply(
                id,
                new Readers.StandbyReply(
                    new Lsn(message.getLong()),
                    new Lsn(message.getLong()),
                    new Lsn(message.getLong()),
                    message.getLong()));
        if (message.get() != 0) {
          replyWanted = true;
          timeline.progress().wake();
        }
      }
      default -> warnOf(tag);
    }
  }

  private static void require(ByteBuffer message, int bytes, String what)
      throws CorruptDataException {
    if (message.remaining() < bytes) {
      throw new CorruptDataException(what + " of " + message.remaining() + " bytes");
    }
  }

  private void warnOf(byte tag) {
    if (!hasWarned) {
      hasWarned = true;
      LOGGER.log(
          Level.WARNING,
          "the reader sends messages that are not known and ignored, tag {0}",
          Byte.toString(tag));
    }
  }

  private static long fullXid(ByteBuffer message) {
    long xid = Integer.toUnsignedLong(message.getInt());
    long epoch = Integer.toUnsignedLong(message.getInt());
    return xid == 0 ? 0 : epoch << 32 | xid;
  }
}
