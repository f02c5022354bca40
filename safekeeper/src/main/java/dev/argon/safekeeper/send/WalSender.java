package dev.argon.safekeeper.send;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.Progress;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.Optional;

/// Sends the WAL of one timeline to one reader. This thread sends; another one takes what the
/// reader reports (see [FeedbackReceiver]); the first to end ends the other.
public final class WalSender {

  private static final System.Logger LOGGER = System.getLogger(WalSender.class.getName());

  /// The most WAL in one message (`MAX_SEND_SIZE` of walsender.c).
  private static final int CHUNK_BYTES_MAX = 128 << 10;

  private static final int HEADER_BYTES = 25;
  private static final int WAL_PAGE_BYTES = 8192;
  private static final long KEEPALIVE_MILLIS = 1_000;

  private final Timeline timeline;
  private final PgConnection connection;
  private final WalReader reader;
  private final Clock clock;
  private final boolean tellsTerms;
  private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
  private final ByteBuffer copy = ByteBuffer.allocateDirect(CHUNK_BYTES_MAX);

  private Lsn position = Lsn.INVALID;
  private Optional<Term> required = Optional.empty();

  /// The term told last; -1 before the first.
  private long toldTerm = -1;

  private boolean isNew = true;

  public WalSender(Timeline timeline, PgConnection connection, WalReader reader, Clock clock) {
    this.timeline = timeline;
    this.connection = connection;
    this.reader = reader;
    this.clock = clock;
    tellsTerms = connection.option("argon_terms").equals("on");
  }

  /// Runs until one of the two sides ends the stream.
  public void run(String command) throws IOException, PgErrorException {
    StartReplication start = StartReplication.parse(command);
    try (WalUsers.Sender user =
        timeline
            .users()
            .sender(
                connection.peer(), connection.parameter("application_name"), start.startLsn())) {
      run(start, user);
    } catch (RefusedException e) {
      throw new PgErrorException(PgError.fatal(e.sqlState(), e.reason()), e);
    }
  }

  private void run(StartReplication start, WalUsers.Sender user)
      throws IOException, PgErrorException {
    position = start.startLsn();
    required = start.term();
    if (position.isBefore(reader.firstReadableLsn())) {
      throw new PgErrorException(
          SqlState.UNDEFINED_FILE,
          "WAL at " + position + " is below the timeline's first, " + reader.firstReadableLsn());
    }
    checkTerm(timeline.progress().position());
    TimelineKey key = timeline.key();
    CopyStream stream = connection.copyBoth();
    FeedbackReceiver feedback = new FeedbackReceiver(timeline, stream, connection, user);
    LOGGER.log(
        Level.INFO,
        "timeline {0}: a reader ({1}) starts at {2}",
        key,
        connection.parameter("application_name"),
        position);
    feedback.start();
    try {
      send(stream.writer(), feedback, user);
      stream.done();
    } finally {
      if (!feedback.hasEnded()) {
        connection.closeAfterQuery();
        connection.abortInput();
      }
      feedback.join();
    }
    LOGGER.log(
        Level.INFO, "timeline {0}: reader terminated at {1}: {2}", key, position, stream.end());
    connection.commandComplete("START_STREAMING");
    if (stream.end() != CopyStream.End.DONE) {
      connection.closeAfterQuery();
    }
  }

  private void send(MessageWriter writer, FeedbackReceiver feedback, WalUsers.Sender user)
      throws IOException, PgErrorException {
    long lastSentNanos = System.nanoTime();
    while (!feedback.hasEnded()) {
      Progress.Position progress = timeline.progress().position();
      if (timeline.progress().isClosed()) {
        throw new PgErrorException(
            PgError.fatal(SqlState.ADMIN_SHUTDOWN, "the safekeeper is stopping"));
      }
      checkTerm(progress);
      Lsn end = required.isPresent() ? progress.flushLsn() : progress.commitLsn();
      if (position.isBefore(end)) {
        sendChunk(writer, progress, end);
        user.sent(position);
        lastSentNanos = System.nanoTime();
        continue;
      }
      long idleMillis = (System.nanoTime() - lastSentNanos) / 1_000_000;
      if (idleMillis >= KEEPALIVE_MILLIS || isNew) {
        keepalive(writer, end);
        lastSentNanos = System.nanoTime();
        idleMillis = 0;
      }
      await(progress, Math.max(1, KEEPALIVE_MILLIS - idleMillis));
    }
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
    } else {
      writer.copyData(header, fileAt(position), reader.offsetOf(position), count);
    }
    position = position.plus(count);
    isNew = false;
  }

  /// What is not committed may be cut off by a new leader while we read it; then the term has
  /// changed before the bytes did.
  private void copyChecked(MessageWriter writer, Progress.Position progress, int count)
      throws IOException, PgErrorException {
    fileAt(position);
    reader.read(position, copy.clear().limit(count));
    Progress.Position now = timeline.progress().position();
    checkTerm(now);
    if (now.flushLsn().isBefore(progress.flushLsn())) {
      throw new PgErrorException(
          PgError.fatal(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "the log was cut off"));
    }
    writer.copyData(header, copy.flip());
  }

  private java.nio.channels.FileChannel fileAt(Lsn lsn) throws IOException, PgErrorException {
    try {
      return reader.fileOf(lsn);
    } catch (NoSuchFileException e) {
      throw new PgErrorException(
          PgError.fatal(
              SqlState.UNDEFINED_FILE,
              "requested WAL segment at " + lsn + " has already been removed"),
          e);
    }
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

  private void keepalive(MessageWriter writer, Lsn end) throws IOException {
    writer.begin('d');
    writer.putByte('k');
    writer.putLong(end.value());
    writer.putLong(PostgresTime.nowMicros(clock));
    writer.putByte(1); // the reader shall answer: so a dead one is noticed
    writer.end();
    writer.flush();
    isNew = false;
  }
}
