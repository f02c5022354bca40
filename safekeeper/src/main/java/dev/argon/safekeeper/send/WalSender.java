package dev.argon.safekeeper.send;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.stream.CopyBothStream;
import dev.argon.safekeeper.stream.SlowSends;
import dev.argon.safekeeper.stream.StreamEnd;
import dev.argon.safekeeper.timeline.Progress;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Sends the WAL of one timeline to one reader. This thread sends; another one takes what the
/// reader reports (see [FeedbackReceiver]); the first to end ends the other.
public final class WalSender {

  private static final System.Logger LOGGER = System.getLogger(WalSender.class.getName());

  /// The most WAL in one message (`MAX_SEND_SIZE` of walsender.c).
  private static final int CHUNK_BYTES_MAX = 128 << 10;

  private static final int HEADER_BYTES = 25;
  private static final int WAL_PAGE_BYTES = 8192;
  private static final long KEEPALIVE_MILLIS = 1_000;

  /// Less than this is copied: two system calls instead of four.
  private static final int COPIED_BYTES_MAX = 32 << 10;

  /// WAL of small commits gathers so long after something was sent. Whoever waits for this WAL
  /// would wait little less without, and each chunk takes the reader and us as much as the commit
  /// itself.
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /// What a proposer calls itself that reads WAL for another safekeeper.
  static final String RECOVERY_APPLICATION = "wal_proposer_recovery";

  private final Timeline timeline;
  private final PgConnection connection;
  private final WalReader reader;
  private final Clock clock;
  private final SlowSends slowSends;
  private final BooleanSupplier isSubscribed;
  private final boolean tellsTerms;
  private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);

  /// For little WAL, and for WAL that has to be looked at before it is sent; null as long as there
  /// was none.
  private @Nullable ByteBuffer copy;

  private Lsn position = Lsn.INVALID;
  private Optional<Term> required = Optional.empty();

  /// Where the stream ends.
  private Lsn stopLsn = Lsn.MAX;

  /// The term told last; -1 before the first.
  private long toldTerm = -1;

  private boolean isNew = true;

  /// Whether a message has been sent in part.
  private boolean isWithinMessage;

  /// @param isSubscribed whether the reader hears of the timeline also without this stream
  public WalSender(
      Timeline timeline,
      PgConnection connection,
      WalReader reader,
      Clock clock,
      SlowSends slowSends,
      BooleanSupplier isSubscribed) {
    this.timeline = timeline;
    this.connection = connection;
    this.reader = reader;
    this.clock = clock;
    this.slowSends = slowSends;
    this.isSubscribed = isSubscribed;
    tellsTerms = connection.option("argon_terms").equals("on");
  }

  /// Runs until one of the two sides ends the stream.
  ///
  /// @param copyBoth the stream, not opened yet
  /// @param command the client's
  public StreamEnd run(CopyBothStream copyBoth, String command)
      throws IOException, PgErrorException, RefusedException {
    StartReplication start = StartReplication.parse(command);
    try (WalUsers.Sender user =
        timeline
            .users()
            .sender(
                connection.peer(), connection.parameter("application_name"), start.startLsn())) {
      return run(copyBoth, start, user);
    }
  }

  private StreamEnd run(CopyBothStream copyBoth, StartReplication start, WalUsers.Sender user)
      throws IOException, PgErrorException {
    String application = connection.parameter("application_name");
    position = start.startLsn();
    required = start.term();
    if (position.isBefore(reader.firstReadableLsn())) {
      throw new PgErrorException(
          SqlState.UNDEFINED_FILE,
          "WAL at " + position + " is below the timeline's first, " + reader.firstReadableLsn());
    }
    Progress.Position progress = timeline.progress().position();
    checkTerm(progress);
    if (required.isPresent() && application.equals(RECOVERY_APPLICATION)) {
      stopLsn = progress.flushLsn();
    }
    CopyStream stream = copyBoth.open();
    LOGGER.log(
        Level.INFO,
        "a reader has connected from {0} ({1}) and starts at {2}",
        connection.peer(),
        application,
        position);
    FeedbackReceiver feedback = new FeedbackReceiver(timeline, stream, connection, copyBoth, user);
    feedback.start();
    StreamEnd mine = StreamEnd.of(() -> send(stream.writer(), feedback, user));
    StreamEnd other = feedback.stop();
    if (isWithinMessage && mine instanceof StreamEnd.Failed(Exception cause, boolean _)) {
      return new StreamEnd.Failed(cause, true);
    }
    return StreamEnd.first(mine, other);
  }

  private StreamEnd send(MessageWriter writer, FeedbackReceiver feedback, WalUsers.Sender user)
      throws IOException, PgErrorException {
    long sentNanos = System.nanoTime();
    while (true) {
      Optional<StreamEnd> ended = feedback.end();
      if (ended.isPresent()) {
        return ended.get();
      }
      if (timeline.progress().isClosed()) {
        return new StreamEnd.Cancelled("the timeline is being closed");
      }
      Progress.Position progress = timeline.progress().position();
      checkTerm(progress);
      Lsn end = Lsn.min(stopLsn, required.isPresent() ? progress.flushLsn() : progress.commitLsn());
      if (position.isBefore(end)) {
        if (gathers(end, sentNanos)) {
          continue;
        }
        long begunNanos = System.nanoTime();
        try {
          sendChunk(writer, progress, end);
          user.sent(position);
        } finally {
          sentNanos = slowSends.done(begunNanos);
        }
        continue;
      }
      if (position.isAtLeast(stopLsn)) {
        return new StreamEnd.ServerInitiated(
            "ending streaming at " + position + ": it has been brought up to the log's end");
      }
      long idleMillis = (System.nanoTime() - sentNanos) / 1_000_000;
      if (idleMillis >= KEEPALIVE_MILLIS && isOfNoUse(progress, user)) {
        return new StreamEnd.ServerInitiated(
            "ending streaming at " + position + ": the reader has all and nobody writes");
      }
      if (idleMillis >= KEEPALIVE_MILLIS || isNew || feedback.takeReplyWanted()) {
        sentNanos = keepalive(writer, end);
        idleMillis = 0;
      }
      await(progress, Math.max(1, KEEPALIVE_MILLIS - idleMillis));
    }
  }

  /// Waits if WAL was sent a moment ago and there is little more.
  ///
  /// @return whether it did
  private boolean gathers(Lsn end, long sentNanos) {
    long left = sentNanos + GATHER_NANOS - System.nanoTime();
    if (left <= 0 || required.isPresent() || end.bytesAfter(position) >= COPIED_BYTES_MAX) {
      return false;
    }
    LockSupport.parkNanos(left);
    return true;
  }

  /// Whether the reader has made durable all that there is, nobody writes, and the reader hears of
  /// it when that changes. Whatever happens from now on it is told after this stream has ended, or
  /// finds when it subscribes anew.
  private boolean isOfNoUse(Progress.Position progress, WalUsers.Sender user) {
    Lsn durable = user.feedback().map(PageserverFeedback::remoteConsistentLsn).orElse(Lsn.INVALID);
    return required.isEmpty()
        && position.isAtLeast(progress.commitLsn())
        && durable.isAtLeast(progress.commitLsn())
        && !timeline.users().hasReceiver()
        && isSubscribed.getAsBoolean();
  }

  private void await(Progress.Position seen, long millis) throws IOException {
    try {
      timeline.progress().await(seen, millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void checkTerm(Progress.Position progress) throws PgErrorException {
    if (required.isPresent() && !required.get().equals(progress.term())) {
      throw new PgErrorException(
          PgError.fatal(
              SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE,
              "the term is " + progress.term() + ", not " + required.get()));
    }
  }

  private void sendChunk(MessageWriter writer, Progress.Position progress, Lsn available)
      throws IOException, PgErrorException {
    Lsn end = available;
    if (tellsTerms) {
      tellTerm(writer, progress.history());
      end = Lsn.min(end, nextTermStart(progress.history()));
    }
    int wanted = (int) Math.min(CHUNK_BYTES_MAX, end.bytesAfter(position));
    int count = reader.contiguousBytes(position, wanted);
    Lsn chunkEnd = position.plus(count);
    if (chunkEnd.isBefore(end) && count > WAL_PAGE_BYTES) {
      // Whole pages, as a walsender sends them, so that chunks stay aligned.
      count -= (int) (chunkEnd.value() % WAL_PAGE_BYTES);
    }
    header.clear().put((byte) 'w').putLong(position.value()).putLong(available.value());
    header.putLong(PostgresTime.nowMicros(clock)).flip();
    if (reader.isGenerated(position)) {
      writer.copyData(header, reader.generated(position, count));
    } else if (required.isPresent()) {
      copyChecked(writer, progress, count);
    } else if (count < COPIED_BYTES_MAX) {
      writer.copyData(header, copied(count));
    } else {
      FileChannel file = fileAt(position);
      isWithinMessage = true;
      writer.copyData(header, file, reader.offsetOf(position), count);
      isWithinMessage = false;
    }
    position = position.plus(count);
    isNew = false;
  }

  /// What is not committed may be cut off by a new leader while we read it; then the term has
  /// changed before the bytes did.
  private void copyChecked(MessageWriter writer, Progress.Position progress, int count)
      throws IOException, PgErrorException {
    ByteBuffer wal = copied(count);
    Progress.Position now = timeline.progress().position();
    checkTerm(now);
    if (now.flushLsn().isBefore(progress.flushLsn())) {
      throw new PgErrorException(
          PgError.fatal(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "the log was cut off"));
    }
    writer.copyData(header, wal);
  }

  private ByteBuffer copied(int count) throws IOException, PgErrorException {
    fileAt(position);
    ByteBuffer wal = copyBuffer();
    try {
      reader.read(position, wal.clear().limit(count));
    } catch (IOException e) {
      throw unreadable(e);
    }
    return wal.flip();
  }

  private ByteBuffer copyBuffer() {
    ByteBuffer buffer = copy;
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(CHUNK_BYTES_MAX);
      copy = buffer;
    }
    return buffer;
  }

  private FileChannel fileAt(Lsn lsn) throws IOException, PgErrorException {
    try {
      return reader.fileOf(lsn);
    } catch (NoSuchFileException e) {
      throw new PgErrorException(
          PgError.fatal(
              SqlState.UNDEFINED_FILE,
              "requested WAL segment at " + lsn + " has already been removed"),
          e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /// The disk's failures must not look like the network's.
  private IOException unreadable(IOException e) {
    return new IOException("WAL at " + position + " cannot be read", e);
  }

  private void tellTerm(MessageWriter writer, TermHistory history) throws IOException {
    Term inForce = history.lastLogTerm(position);
    if (inForce.value() == toldTerm) {
      return;
    }
    writer.begin('d');
    writer.putByte('t');
    writer.putLong(inForce.value());
    writer.putLong(position.value());
    writer.end();
    toldTerm = inForce.value();
  }

  private Lsn nextTermStart(TermHistory history) {
    for (TermHistory.Entry entry : history.entries()) {
      if (entry.lsn().isAfter(position)) {
        return entry.lsn();
      }
    }
    return Lsn.MAX;
  }

  /// @return when it was sent
  private long keepalive(MessageWriter writer, Lsn end) throws IOException {
    writer.begin('d');
    writer.putByte('k');
    writer.putLong(end.value());
    writer.putLong(PostgresTime.nowMicros(clock));
    writer.putByte(1); // the reader shall answer: so a dead one is noticed
    writer.end();
    isNew = false;
    long begunNanos = System.nanoTime();
    try {
      writer.flush();
    } finally {
      slowSends.done(begunNanos);
    }
    return System.nanoTime();
  }
}
