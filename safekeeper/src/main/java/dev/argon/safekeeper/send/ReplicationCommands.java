package dev.argon.safekeeper.send;

import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.quorum.AcceptorState;
import dev.argon.safekeeper.timeline.Timeline;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What stock clients of streaming replication ask besides the stream itself, answered as
/// PostgreSQL 15 answers.
///
/// Slots: no WAL is ever missing for a reader (what is removed here is in the object store), so a
/// slot has nothing to remember. Every physical slot with a valid name exists, keeps nothing and is
/// in nobody's use; creating and dropping one succeeds and changes nothing.
public final class ReplicationCommands {

  private static final String INVALID_NAME = "42602";
  private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");
  private static final String NAME = "(?:\"((?:[^\"]|\"\")+)\"|([^\\s\";]+))";
  private static final Pattern CREATE =
      Pattern.compile(
          "CREATE_REPLICATION_SLOT\\s+" + NAME + "(\\s+TEMPORARY)?\\s+(PHYSICAL|LOGICAL)\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern READ =
      Pattern.compile("READ_REPLICATION_SLOT\\s+" + NAME + "\\s*;?", Pattern.CASE_INSENSITIVE);
  private static final Pattern DROP =
      Pattern.compile(
          "DROP_REPLICATION_SLOT\\s+" + NAME + "(\\s+WAIT)?\\s*;?", Pattern.CASE_INSENSITIVE);
  private static final Pattern HISTORY =
      Pattern.compile("TIMELINE_HISTORY\\s+(\\d{1,9})\\s*;?", Pattern.CASE_INSENSITIVE);

  private final PgConnection connection;

  public ReplicationCommands(PgConnection connection) {
    this.connection = connection;
  }

  /// One row: system identifier, timeline 1, the end of WAL for this reader, no database.
  public void identifySystem(Timeline timeline) throws IOException {
    AcceptorState state = timeline.state();
    String application = connection.parameter("application_name");
    boolean recovering =
        application.equals(WalSender.RECOVERY_APPLICATION) || application.startsWith("safekeeper");
    connection.rowDescription("systemid", "timeline", "xlogpos", "dbname");
    connection.dataRow(
        Long.toUnsignedString(state.control().server().systemId()),
        "1",
        (recovering ? state.flushLsn() : state.commitLsn()).toString(),
        null);
    connection.commandComplete("IDENTIFY_SYSTEM");
  }

  /// The few settings that replication clients ask for.
  public void show(Timeline timeline, String setting) throws IOException, PgErrorException {
    int version = timeline.state().control().server().pgVersion();
    String value =
        switch (setting.toLowerCase(Locale.ROOT)) {
          case "wal_segment_size" -> sizeText(timeline.wal().layout().segmentSize());
          case "data_directory_mode" -> "0700";
          case "server_version" -> version / 10_000 + "." + version % 10_000;
          case "server_version_num" -> Integer.toString(version);
          default ->
              throw new PgErrorException(
                  SqlState.UNDEFINED_OBJECT, "a safekeeper has no setting \"" + setting + '"');
        };
    connection.rowDescription(setting);
    connection.dataRow(value);
    connection.commandComplete("SHOW");
  }

  private static String sizeText(int bytes) {
    int megabytes = bytes >> 20;
    return megabytes % 1024 == 0 ? megabytes / 1024 + "GB" : megabytes + "MB";
  }

  /// There is one timeline of PostgreSQL's, the first, and the first has no history file.
  public void timelineHistory(String command) throws PgErrorException {
    String number = matched(HISTORY, command).group(1);
    throw new PgErrorException(
        SqlState.UNDEFINED_FILE,
        "timeline " + number + " has no history file; WAL of timeline 1 is all there is");
  }

  public void createSlot(String command) throws IOException, PgErrorException {
    Matcher form = matched(CREATE, command);
    String name = slotName(form);
    if (form.group(4).equalsIgnoreCase("LOGICAL")) {
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED, "a safekeeper knows no logical replication");
    }
    connection.rowDescription("slot_name", "consistent_point", "snapshot_name", "output_plugin");
    connection.dataRow(name, "0/0", null, null);
    connection.commandComplete("CREATE_REPLICATION_SLOT");
  }

  public void readSlot(String command) throws IOException, PgErrorException {
    slotName(matched(READ, command));
    connection.rowDescription("slot_type", "restart_lsn", "restart_tli");
    connection.dataRow("physical", null, null);
    connection.commandComplete("READ_REPLICATION_SLOT");
  }

  public void dropSlot(String command) throws IOException, PgErrorException {
    slotName(matched(DROP, command));
    connection.commandComplete("DROP_REPLICATION_SLOT");
  }

  private static Matcher matched(Pattern form, String command) throws PgErrorException {
    Matcher matcher = form.matcher(command);
    if (!matcher.matches()) {
      throw new PgErrorException(SqlState.SYNTAX_ERROR, "cannot understand: " + command);
    }
    return matcher;
  }

  private static String slotName(Matcher form) throws PgErrorException {
    String quoted = form.group(1);
    String name = quoted == null ? form.group(2).toLowerCase(Locale.ROOT) : quoted;
    if (!SLOT_NAME.matcher(name).matches()) {
      throw new PgErrorException(
          INVALID_NAME, "replication slot name \"" + name + "\" is not valid");
    }
    return name;
  }
}
