package dev.argon.safekeeper.push;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.wire.ProposerCodec;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.stream.CopyBothStream;
import dev.argon.safekeeper.stream.SlowSends;
import dev.argon.safekeeper.stream.StreamEnd;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.WalUsers;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Serves one proposer.
///
/// The receive buffer takes whatever has arrived with one system call. As long as whole messages
/// are in it they are appended; when the last one is, one sync makes all durable and one answer is
/// sent for all. While that goes on the socket gathers the next. See [Answers] for what else is
/// sent.
///
/// However the stream ends, all that has arrived whole is durable before it is left.
public final class WalReceiver {

  private static final System.Logger LOGGER = System.getLogger(WalReceiver.class.getName());
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  // A proposer that never pauses still gets an answer after so much WAL, and after so long.
  private static final int UNFLUSHED_BYTES_MAX = 4 << 20;
  private static final long UNFLUSHED_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  /// How long the rest of what a peer has sent is waited for once nothing can be sent to it.
  private static final long REST_MILLIS = 1_000;

  private final Timelines timelines;
  private final PgConnection connection;
  private final TimelineKey key;
  private final SlowSends slowSends;
  private final List<AcceptorMessage> replies = new ArrayList<>();

  // What was appended and not flushed.
  private boolean appended;
  private int unflushedBytes;
  private long unflushedSinceNanos;

  public WalReceiver(
      Timelines timelines, PgConnection connection, TimelineKey key, SlowSends slowSends) {
    this.timelines = timelines;
    this.connection = connection;
    this.key = key;
    this.slowSends = slowSends;
  }

  /// Runs until the proposer leaves.
  public void run(String command) {
    CopyBothStream copy = new CopyBothStream(connection, CopyBothStream.Kind.WAL_RECEIVER, key);
    copy.run(() -> {
      PushCommand.check(command);
      Timeline timeline = timelines.require(key);
      try (WalUsers.Receiver _ = timeline.users().receiver(connection.peer())) {
        return push(copy, timeline);
      }
    });
  }

  private StreamEnd push(CopyBothStream copy, Timeline timeline)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    CopyStream stream = copy.open();
    stream.reserve(RECEIVE_BUFFER_BYTES);
    LOGGER.log(Level.INFO, "a proposer has connected from {0}", connection.peer());
    if (!stream.receive()) {
      return StreamEnd.of(stream);
    }
    ProposerMessage first = ProposerCodec.decodeProposerMessage(stream.payload());
    if (!(first instanceof ProposerMessage.Greeting)) {
      throw new RefusedException(SqlState.PROTOCOL_VIOLATION, "the first message is no greeting");
    }
    timeline.handle(first, stream.payload(), replies);
    Answers answers =
        new Answers(
            stream.writer(),
            timeline.readers(),
            slowSends,
            copy.id(),
            copy.context(),
            connection::abort);
    answers.start();
    StreamEnd end;
    try {
      end = StreamEnd.of(() -> serve(timeline, stream, answers));
      flushRest(timeline);
    } finally {
      answers.close();
    }
    return answers
        .failure()
        .map(StreamEnd::of)
        .map(other -> StreamEnd.first(end, other))
        .orElse(end);
  }

  private StreamEnd serve(Timeline timeline, CopyStream stream, Answers answers)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    do {
      if (!replies.isEmpty()) {
        answer(timeline, stream, answers);
      }
    } while (next(timeline, stream));
    return StreamEnd.of(stream);
  }

  private void answer(Timeline timeline, CopyStream stream, Answers answers) throws IOException {
    try {
      answers.send(replies);
    } catch (IOException e) {
      keepArrived(timeline, stream);
      throw e;
    } finally {
      replies.clear();
    }
  }

  /// Takes the next message.
  ///
  /// @return false if the peer has ended its direction
  private boolean next(Timeline timeline, CopyStream stream)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    if (!stream.receive()) {
      return false;
    }
    ByteBuffer payload = stream.payload();
    ProposerMessage message = ProposerCodec.decodeProposerMessage(payload);
    boolean isAppend = message instanceof ProposerMessage.Append;
    if (appended && !isAppend) {
      flush(timeline);
    }
    int bytes = payload.remaining();
    timeline.handle(message, payload, replies);
    if (isAppend) {
      noteAppended(bytes);
      if (!stream.hasReceived()
          || unflushedBytes >= UNFLUSHED_BYTES_MAX
          || System.nanoTime() - unflushedSinceNanos >= UNFLUSHED_NANOS_MAX) {
        flush(timeline);
      }
    }
    return true;
  }

  private void noteAppended(int bytes) {
    if (!appended) {
      appended = true;
      unflushedBytes = 0;
      unflushedSinceNanos = System.nanoTime();
    }
    unflushedBytes += bytes;
  }

  private void flush(Timeline timeline) throws RefusedException {
    appended = false;
    timeline.flush(replies);
  }

  /// Nothing can be sent to the peer any more. What it has sent before counts all the same: it may
  /// be all that is left of its last transactions.
  private void keepArrived(Timeline timeline, CopyStream stream) {
    stream.receiveTimeout(REST_MILLIS);
    StreamEnd end =
        StreamEnd.of(() -> {
          while (next(timeline, stream)) {
            replies.clear();
          }
          return StreamEnd.of(stream);
        });
    LOGGER.log(Level.DEBUG, "what had arrived is kept, up to: {0}", end.reason());
  }

  /// What has been appended is kept, though nobody hears of it.
  private void flushRest(Timeline timeline) {
    if (!appended) {
      return;
    }
    try {
      flush(timeline);
    } catch (RefusedException e) {
      // The end of the stream is what is reported; this one only says why less was kept.
      LOGGER.log(Level.WARNING, "what had arrived last is not durable: {0}", e.reason());
    }
    replies.clear();
  }
}
