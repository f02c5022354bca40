package dev.argon.safekeeper.push;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.wire.ProposerCodec;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.WalUsers;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Serves one proposer.
///
/// The receive buffer takes whatever has arrived with one system call. As long as whole messages
/// are in it they are appended; when the last one is, one sync makes all durable and one answer is
/// sent for all. While that goes on the socket gathers the next.
public final class WalReceiver {

  private static final System.Logger LOGGER = System.getLogger(WalReceiver.class.getName());
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  /// A proposer that never pauses still gets an answer after so much WAL.
  private static final int UNFLUSHED_BYTES_MAX = 4 << 20;

  private final Timelines timelines;
  private final PgConnection connection;
  private final TimelineKey key;
  private final List<AcceptorMessage> replies = new ArrayList<>();

  public WalReceiver(Timelines timelines, PgConnection connection, TimelineKey key) {
    this.timelines = timelines;
    this.connection = connection;
    this.key = key;
  }

  /// Runs until the proposer leaves.
  ///
  /// @throws PgErrorException the reason if this side ends it
  public void run() throws IOException, PgErrorException {
    connection.closeAfterQuery();
    Timeline timeline = require();
    CopyStream stream = connection.copyBoth();
    stream.reserve(RECEIVE_BUFFER_BYTES);
    LOGGER.log(Level.INFO, "timeline {0}: a proposer has connected, {1}", key, connection.peer());
    try (WalUsers.Receiver _ = timeline.users().receiver(connection.peer())) {
      greet(timeline, stream);
      serve(timeline, stream);
      LOGGER.log(
          Level.INFO, "timeline {0}: proposer connection terminated: {1}", key, stream.end());
      if (stream.end() == CopyStream.End.DONE) {
        stream.done();
        connection.commandComplete("COPY");
      }
    } catch (RefusedException e) {
      LOGGER.log(Level.WARNING, "timeline {0}: proposer refused: {1}", key, e.reason());
      throw new PgErrorException(dev.argon.pgwire.PgError.fatal(e.sqlState(), e.reason()), e);
    } catch (CorruptDataException e) {
      LOGGER.log(Level.WARNING, "timeline {0}: proposer refused: {1}", key, e.getMessage());
      throw new PgErrorException(
          dev.argon.pgwire.PgError.fatal(
              SqlState.PROTOCOL_VIOLATION, String.valueOf(e.getMessage())),
          e);
    }
  }

  private Timeline require() throws PgErrorException {
    try {
      return timelines.require(key);
    } catch (RefusedException e) {
      LOGGER.log(Level.WARNING, "proposer refused: {0}", e.reason());
      throw new PgErrorException(dev.argon.pgwire.PgError.fatal(e.sqlState(), e.reason()), e);
    }
  }

  private void greet(Timeline timeline, CopyStream stream)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    if (!stream.receive()) {
      return;
    }
    ProposerMessage first = ProposerCodec.decodeProposerMessage(stream.payload());
    if (!(first instanceof ProposerMessage.Greeting)) {
      throw new RefusedException(SqlState.PROTOCOL_VIOLATION, "the first message is no greeting");
    }
    timeline.handle(first, stream.payload(), replies);
    reply(stream.writer());
  }

  private void serve(Timeline timeline, CopyStream stream)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    boolean appended = false;
    int unflushedBytes = 0;
    try {
      while (stream.receive()) {
        ByteBuffer payload = stream.payload();
        ProposerMessage message = ProposerCodec.decodeProposerMessage(payload);
        boolean isAppend = message instanceof ProposerMessage.Append;
        if (appended && !isAppend) {
          timeline.flush(replies);
          appended = false;
        }
        unflushedBytes += payload.remaining();
        timeline.handle(message, payload, replies);
        appended |= isAppend;
        if (appended && (!stream.hasReceived() || unflushedBytes >= UNFLUSHED_BYTES_MAX)) {
          timeline.flush(replies);
          appended = false;
          unflushedBytes = 0;
        }
        if (!replies.isEmpty()) {
          reply(stream.writer());
        }
      }
    } finally {
      if (appended) {
        timeline.flush(replies); // what has arrived is kept, though nobody hears of it
        replies.clear();
      }
    }
  }

  private void reply(MessageWriter writer) throws IOException {
    for (AcceptorMessage message : replies) {
      writer.begin('d');
      ProposerCodec.encode(message, writer.room(ProposerCodec.sizeMax(message)));
      writer.end();
    }
    replies.clear();
    writer.flush();
  }
}
