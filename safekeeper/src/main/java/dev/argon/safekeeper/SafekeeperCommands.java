package dev.argon.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryHandler;
import dev.argon.pgwire.SqlState;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.TermHistory;
import dev.argon.quorum.subscription.Subscriber;
import dev.argon.safekeeper.archive.WalArchive;
import dev.argon.safekeeper.peer.Peers;
import dev.argon.safekeeper.push.WalReceiver;
import dev.argon.safekeeper.send.ReplicationCommands;
import dev.argon.safekeeper.send.WalSender;
import dev.argon.safekeeper.stream.CopyBothStream;
import dev.argon.safekeeper.stream.SlowSends;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/// What can be asked over the PostgreSQL protocol.
final class SafekeeperCommands implements QueryHandler {

  private static final System.Logger LOGGER = System.getLogger(SafekeeperCommands.class.getName());

  private final Timelines timelines;
  private final WalArchive archive;
  private final Peers peers;
  private final Clock clock;
  private final SlowSends slowSends;

  SafekeeperCommands(
      Timelines timelines, WalArchive archive, Peers peers, Clock clock, SlowSends slowSends) {
    this.peers = peers;
    this.timelines = timelines;
    this.archive = archive;
    this.clock = clock;
    this.slowSends = slowSends;
  }

  @Override
  public void query(PgConnection connection, String text) throws IOException, PgErrorException {
    try {
      run(connection, text);
    } catch (PgErrorException e) {
      if (!e.error().severity().equals("FATAL")) { // that ends the connection, which is logged
        LOGGER.log(Level.INFO, "{0}: query refused: {1}", connection, e.error());
      }
      throw e;
    }
  }

  private void run(PgConnection connection, String text) throws IOException, PgErrorException {
    String command = text.strip();
    String[] words = command.split("[\\s;]+", 3);
    ReplicationCommands replication = new ReplicationCommands(connection);
    switch (words[0].toUpperCase(Locale.ROOT)) {
      case "START_WAL_PUSH" ->
          new WalReceiver(timelines, connection, key(connection), slowSends).run(command);
      case "START_REPLICATION" -> startReplication(connection, command);
      case "SUBSCRIBE" -> subscribe(connection, command);
      case "IDENTIFY_SYSTEM" -> replication.identifySystem(timeline(connection));
      case "TIMELINE_STATUS" -> timelineStatus(connection);
      case "SHOW" -> replication.show(timeline(connection), words.length > 1 ? words[1] : "");
      case "TIMELINE_HISTORY" -> replication.timelineHistory(command);
      case "CREATE_REPLICATION_SLOT" -> replication.createSlot(command);
      case "READ_REPLICATION_SLOT" -> replication.readSlot(command);
      case "DROP_REPLICATION_SLOT" -> replication.dropSlot(command);
      case "SET" -> connection.commandComplete("SET");
      default ->
          throw new PgErrorException(
              SqlState.SYNTAX_ERROR, "this is a safekeeper, it does not know: " + words[0]);
    }
  }

  private static TimelineKey key(PgConnection connection) throws PgErrorException {
    try {
      return new TimelineKey(
          TenantId.parse(option(connection, "tenant_id")),
          TimelineId.parse(option(connection, "timeline_id")));
    } catch (IllegalArgumentException e) {
      throw new PgErrorException(
          SqlState.INVALID_PARAMETER_VALUE,
          "the startup parameter \"options\" needs tenant_id=... and timeline_id=...: "
              + e.getMessage());
    }
  }

  /// An item of the startup options, under its name or the old one.
  static String option(PgConnection connection, String name) {
    String value = connection.option(name);
    return value.isEmpty() ? connection.option("z" + name.replace("_", "")) : value;
  }

  private Timeline timeline(PgConnection connection) throws PgErrorException {
    try {
      return timelines.require(key(connection));
    } catch (RefusedException e) {
      throw new PgErrorException(dev.argon.pgwire.PgError.error(e.sqlState(), e.reason()), e);
    }
  }

  private void subscribe(PgConnection connection, String command)
      throws IOException, PgErrorException {
    if (!option(connection, "tenant_id").isEmpty()) {
      throw new PgErrorException(
          SqlState.SYNTAX_ERROR, "a subscription is about all tenants, name none");
    }
    peers.serve(connection, command);
  }

  private void startReplication(PgConnection connection, String command) throws PgErrorException {
    TimelineKey key = key(connection);
    BooleanSupplier isSubscribed = isSubscribed(connection);
    CopyBothStream stream = new CopyBothStream(connection, CopyBothStream.Kind.WAL_SENDER, key);
    stream.run(() -> {
      Timeline timeline = timelines.require(key);
      try (WalReader reader = archive.reader(timeline)) {
        return new WalSender(timeline, connection, reader, clock, slowSends, isSubscribed)
            .run(stream, command);
      }
    });
  }

  /// Whether a reader is a pageserver that holds a subscription at the moment.
  private BooleanSupplier isSubscribed(PgConnection connection) throws PgErrorException {
    String id = connection.option("argon_pageserver");
    if (id.isEmpty()) {
      return () -> false;
    }
    try {
      Subscriber reader = Subscriber.pageserver(id);
      return () -> peers.hub().isConnected(reader);
    } catch (IllegalArgumentException e) {
      throw new PgErrorException(SqlState.INVALID_PARAMETER_VALUE, String.valueOf(e.getMessage()));
    }
  }

  private void timelineStatus(PgConnection connection) throws IOException, PgErrorException {
    AcceptorState state = timeline(connection).state();
    connection.rowDescription(
        "flush_lsn", "commit_lsn", "term", "last_log_term", "generation", "term_history");
    connection.dataRow(
        state.flushLsn().toString(),
        state.commitLsn().toString(),
        state.term().toString(),
        state.lastLogTerm().toString(),
        Integer.toString(state.control().membership().generation()),
        state.control().history().upTo(state.flushLsn()).entries().stream()
            .map(TermHistory.Entry::toString)
            .collect(Collectors.joining(",")));
    connection.commandComplete("SELECT 1");
  }
}
