package dev.argon.safekeeper.stream;

import dev.argon.node.LogContext;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.SqlState;
import dev.argon.pgwire.message.BackendMessage;
import dev.argon.safekeeper.TimelineKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// Runs one COPY stream from its command to the end of its connection, on the connection's thread.
public final class CopyBothStream {

  /// Which of the two it is.
  public enum Kind {
    WAL_RECEIVER("WAL receiver", "START_WAL_PUSH"),
    WAL_SENDER("WAL sender", "START_REPLICATION");

    private final String label;
    private final String command;

    Kind(String label, String command) {
      this.label = label;
      this.command = command;
    }
  }

  private static final System.Logger LOGGER = System.getLogger(CopyBothStream.class.getName());

  private final PgConnection connection;
  private final Kind kind;
  private final LogContext context;

  /// Null before [#open].
  private @Nullable CopyStream stream;

  public CopyBothStream(PgConnection connection, Kind kind, TimelineKey key) {
    this.connection = connection;
    this.kind = kind;
    context =
        new LogContext(
            key.tenant().toString(), key.timeline().toString(), kind.label + " " + connection.id());
  }

  /// Its connection's: no other stream of this process has it.
  public long id() {
    return connection.id();
  }

  /// For the log lines of threads that belong to the stream.
  public LogContext context() {
    return context;
  }

  /// Tells the peer that the COPY begins.
  public CopyStream open() throws IOException {
    CopyStream opened = connection.copyBoth();
    stream = opened;
    return opened;
  }

  /// Runs the stream. When this returns nothing of it runs any more and the connection is of no
  /// further use.
  ///
  /// @param work the stream from its command on; it has ended its other threads when it returns
  public void run(StreamEnd.Work work) {
    connection.closeAfterQuery();
    ScopedValue.where(LogContext.CURRENT, context).run(() -> finish(StreamEnd.of(work)));
  }

  /// The only place where streams end.
  private void finish(StreamEnd end) {
    String text = "terminated: " + end.reason();
    switch (end) {
      case StreamEnd.Failed(Exception cause, boolean _) -> LOGGER.log(end.level(), text, cause);
      case StreamEnd.CopyDone _,
          StreamEnd.CopyFail _,
          StreamEnd.Terminate _,
          StreamEnd.EndOfStream _,
          StreamEnd.Disconnected _,
          StreamEnd.ServerInitiated _,
          StreamEnd.Cancelled _,
          StreamEnd.Refused _ ->
          LOGGER.log(end.level(), text);
    }
    switch (end) {
      case StreamEnd.CopyDone _ -> sayGoodbye();
      case StreamEnd.Terminate _, StreamEnd.EndOfStream _, StreamEnd.Disconnected _ ->
          connection.abort();
      case StreamEnd.CopyFail _, StreamEnd.ServerInitiated _ ->
          answer(SqlState.SUCCESSFUL_COMPLETION, end.reason());
      case StreamEnd.Cancelled(String reason) -> answer(SqlState.ADMIN_SHUTDOWN, reason);
      case StreamEnd.Refused(String sqlState, Exception cause) ->
          answer(sqlState, StreamEnd.chain(cause));
      case StreamEnd.Failed(Exception cause, boolean withinMessage) -> {
        if (withinMessage) {
          connection.abort();
        } else {
          answer(SqlState.INTERNAL_ERROR, StreamEnd.chain(cause));
        }
      }
    }
  }

  private void answer(String sqlState, String text) {
    connection.lastWord(PgError.fatal(sqlState, text));
  }

  /// CopyDone is answered by CopyDone, and a client of PostgreSQL's own library wants to see the
  /// command complete before the connection ends.
  private void sayGoodbye() {
    CopyStream ended = stream;
    if (ended == null) {
      throw new IllegalStateException("CopyDone before the COPY began");
    }
    try {
      ended.done();
      connection.commandComplete(kind.command);
      ended.writer().put(new BackendMessage.ReadyForQuery('I'));
      ended.writer().flush();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "the peer did not wait for the answer to its CopyDone", e);
      connection.abort();
    }
  }
}
