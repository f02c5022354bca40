package dev.argon.pageserver.service;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.pageserver.tenant.Tenants;
import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageservice.StandbyStart;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryHandler;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.util.Locale;

/// The commands of the PostgreSQL surface: `pagestream_v3`, `bootfiles`, `standbystart`.
public final class PageserverQueries implements QueryHandler {

  private static final long WAIT_SLICE_MILLIS = 500;

  private final Tenants tenants;
  private final long waitMaxMillis;
  private volatile boolean stopping;

  /// @param waitMaxMillis how long a request waits for its LSN to be ingested
  public PageserverQueries(Tenants tenants, long waitMaxMillis) {
    this.tenants = tenants;
    this.waitMaxMillis = waitMaxMillis;
  }

  /// Ends all waiting.
  public void stop() {
    stopping = true;
  }

  @Override
  public void query(PgConnection connection, String text) throws IOException, PgErrorException {
    String[] words = text.strip().replaceAll(";$", "").split("\\s+", -1);
    switch (words[0].toLowerCase(Locale.ROOT)) {
      case "pagestream_v3" -> pageStream(connection, words);
      case "bootfiles" -> bootFiles(connection, words);
      case "standbystart" -> standbyStart(connection, words);
      default ->
          throw new PgErrorException(SqlState.SYNTAX_ERROR, "unsupported command: " + words[0]);
    }
  }

  private Timeline timeline(String[] words, int count) throws PgErrorException {
    if (words.length != count) {
      throw new PgErrorException(
          SqlState.SYNTAX_ERROR, words[0] + " takes " + (count - 1) + " words");
    }
    try {
      return tenants.timeline(TenantId.parse(words[1]), TimelineId.parse(words[2]));
    } catch (IllegalArgumentException e) {
      throw new PgErrorException(SqlState.INVALID_PARAMETER_VALUE, String.valueOf(e.getMessage()));
    } catch (ApiProblem e) {
      throw new PgErrorException(SqlState.UNDEFINED_OBJECT, e.detail());
    }
  }

  private static long computeTerm(PgConnection connection) throws PgErrorException {
    String text = connection.option("compute_term");
    try {
      return text.isEmpty() ? 0 : Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new PgErrorException(
          SqlState.INVALID_PARAMETER_VALUE, "compute_term is no number: " + text);
    }
  }

  private void pageStream(PgConnection connection, String[] words)
      throws IOException, PgErrorException {
    Timeline timeline = timeline(words, 3);
    long term = computeTerm(connection);
    CopyStream stream = connection.copyBoth();
    new PageStream(timeline, stream, term, waitMaxMillis, () -> stopping).serve();
    connection.closeAfterQuery();
  }

  private void bootFiles(PgConnection connection, String[] words)
      throws IOException, PgErrorException {
    Timeline timeline = timeline(words, 4);
    long term = computeTerm(connection);
    boolean latest = words[3].equals("latest");
    if (latest && term != 0 && Long.compareUnsigned(term, timeline.term()) < 0) {
      throw new PgErrorException(
          SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "this compute's term "
              + term
              + " is over: the timeline has WAL of term "
              + timeline.term());
    }
    long lsn = latest ? timeline.lastRecordLsn() : parse(words[3]);
    await(timeline, lsn);
    if (Long.compareUnsigned(lsn, timeline.firstLsn()) < 0) {
      throw new PgErrorException(
          SqlState.INVALID_PARAMETER_VALUE,
          "LSN "
              + words[3]
              + " is before the timeline begins, "
              + Lsn.toString(timeline.firstLsn()));
    }
    CopyStream stream = connection.copyOut();
    MessageWriter writer = stream.writer();
    try (ReadSession session = timeline.read()) {
      new BootFiles(
              timeline,
              session,
              lsn,
              message -> {
                writer.begin('d');
                message.encode(writer.room(message.encodedSize()));
                writer.end();
              })
          .send();
    } catch (CorruptDataException | IllegalStateException e) {
      throw new PgErrorException(SqlState.DATA_CORRUPTED, String.valueOf(e.getMessage()));
    }
    stream.done();
    connection.commandComplete("SELECT 1");
  }

  private void standbyStart(PgConnection connection, String[] words)
      throws IOException, PgErrorException {
    Timeline timeline = timeline(words, 3);
    StandbyStart start;
    try {
      start = StandbyBase.of(timeline);
    } catch (CorruptDataException | IllegalStateException e) {
      throw new PgErrorException(SqlState.DATA_CORRUPTED, String.valueOf(e.getMessage()));
    }
    connection.rowDescription(StandbyStart.columns().toArray(String[]::new));
    connection.dataRow(start.row().toArray(String[]::new));
    connection.commandComplete("SELECT 1");
  }

  private static long parse(String text) throws PgErrorException {
    try {
      return Lsn.parse(text).value();
    } catch (IllegalArgumentException e) {
      throw new PgErrorException(SqlState.INVALID_PARAMETER_VALUE, String.valueOf(e.getMessage()));
    }
  }

  private void await(Timeline timeline, long lsn) throws PgErrorException {
    try {
      long waited = 0;
      while (!timeline.awaitLsn(lsn, WAIT_SLICE_MILLIS)) {
        waited += WAIT_SLICE_MILLIS;
        if (stopping) {
          throw new PgErrorException(SqlState.ADMIN_SHUTDOWN, "the pageserver is stopping");
        }
        if (waited >= waitMaxMillis) {
          throw new PgErrorException(
              SqlState.CANNOT_CONNECT_NOW,
              "timed out waiting for LSN "
                  + Lsn.toString(lsn)
                  + ": ingested up to "
                  + Lsn.toString(timeline.lastRecordLsn()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgErrorException(SqlState.ADMIN_SHUTDOWN, "the pageserver is stopping");
    }
  }
}
