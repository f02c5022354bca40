package dev.argon.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryHandler;
import dev.argon.pgwire.SqlState;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.archive.WalArchive;
import dev.argon.safekeeper.peer.Peers;
import dev.argon.safekeeper.push.WalReceiver;
import dev.argon.safekeeper.send.WalSender;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.stream.Collectors;

/// What can be asked over the PostgreSQL protocol.
final class SafekeeperCommands implements QueryHandler {

  private final Timelines timelines;
  private final WalArchive archive;
  private final Peers peers;
  private final Clock clock;

  SafekeeperCommands(Timelines timelines, WalArchive archive, Peers peers, Clock clock) {
    this.peers = peers;
    this.timelines = timelines;
    this.archive = archive;
    this.clock = clock;
  }

  @Override
  public void query(PgConnection connection, String text) throws IOException, PgErrorException {
    String[] words = text.strip().split("\\s+", 3);
    switch (words[0].toUpperCase(Locale.ROOT).replace(";", "")) {
      case "START_WAL_PUSH" -> new WalReceiver(timelines, connection, key(connection)).run();
      case "START_REPLICATION" -> startReplication(connection, text.strip());
      case "SUBSCRIBE" -> subscribe(connection, text.strip());
      case "IDENTIFY_SYSTEM" -> identifySystem(connection);
      case "TIMELINE_STATUS" -> timelineStatus(connection);
      case "SHOW" -> show(connection, words.length > 1 ? words[1].replace(";", "") : "");
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

  private void startReplication(PgConnection connection, String command)
      throws IOException, PgErrorException {
    Timeline timeline = timeline(connection);
    try (WalReader reader = archive.reader(timeline)) {
      new WalSender(timeline, connection, reader, clock).run(command);
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

  private void identifySystem(PgConnection connection) throws IOException, PgErrorException {
    AcceptorState state = timeline(connection).state();
    String application = connection.parameter("application_name");
    boolean recovering =
        application.equals("wal_proposer_recovery") || application.startsWith("safekeeper");
    connection.rowDescription("systemid", "timeline", "xlogpos", "dbname");
    connection.dataRow(
        Long.toUnsignedString(state.control().server().systemId()),
        "1",
        (recovering ? state.flushLsn() : state.commitLsn()).toString(),
        null);
    connection.commandComplete("IDENTIFY_SYSTEM");
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

  private void show(PgConnection connection, String setting) throws IOException, PgErrorException {
    String value =
        switch (setting.toLowerCase(Locale.ROOT)) {
          case "wal_segment_size" ->
              (timeline(connection).wal().layout().segmentSize() >> 20) + "MB";
          case "data_directory_mode" -> "0700";
          default ->
              throw new PgErrorException(
                  SqlState.UNDEFINED_OBJECT, "a safekeeper has no setting " + setting);
        };
    connection.rowDescription(setting);
    connection.dataRow(value);
    connection.commandComplete("SHOW");
  }
}
