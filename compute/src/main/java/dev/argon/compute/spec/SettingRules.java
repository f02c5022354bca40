package dev.argon.compute.spec;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Which PostgreSQL settings a user may choose. Refused are those on which durability rests, those
/// the compute itself decides (addresses, files), and recovery's.
public final class SettingRules {

  /// The WAL proposer needs one of each; users keep the rest.
  public static final int REPLICATION_LIMIT_MIN = 10;

  /// The name by which PostgreSQL knows the quorum; nobody else may have it.
  public static final String PROPOSER_NAME = "walproposer";

  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)?");

  private static final String DURABILITY = "durability rests on it";
  private static final String COMPUTE = "the compute sets it";
  private static final String RECOVERY = "a compute never recovers from local files";

  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("fsync", DURABILITY),
          Map.entry("full_page_writes", DURABILITY),
          Map.entry("restart_after_crash", DURABILITY),
          Map.entry("synchronous_standby_names", DURABILITY),
          Map.entry("max_slot_wal_keep_size", DURABILITY),
          Map.entry("wal_log_hints", DURABILITY),
          Map.entry("zero_damaged_pages", DURABILITY),
          Map.entry("ignore_checksum_failure", DURABILITY),
          Map.entry("ignore_invalid_pages", DURABILITY),
          Map.entry("archive_mode", "safekeepers keep the WAL"),
          Map.entry("archive_command", "safekeepers keep the WAL"),
          Map.entry("archive_library", "safekeepers keep the WAL"),
          Map.entry("track_commit_timestamp", "commit timestamps are not kept by the pageserver"),
          Map.entry("wal_consistency_checking", "it bloats every record; use compare mode"),
          Map.entry("data_sync_retry", DURABILITY),
          Map.entry("recovery_prefetch", RECOVERY),
          Map.entry("hot_standby", RECOVERY),
          Map.entry("primary_conninfo", RECOVERY),
          Map.entry("primary_slot_name", RECOVERY),
          Map.entry("restore_command", RECOVERY),
          Map.entry("archive_cleanup_command", RECOVERY),
          Map.entry("promote_trigger_file", RECOVERY),
          Map.entry("listen_addresses", COMPUTE),
          Map.entry("port", COMPUTE),
          Map.entry("unix_socket_directories", COMPUTE),
          Map.entry("unix_socket_permissions", COMPUTE),
          Map.entry("unix_socket_group", COMPUTE),
          Map.entry("data_directory", COMPUTE),
          Map.entry("config_file", COMPUTE),
          Map.entry("hba_file", COMPUTE),
          Map.entry("ident_file", COMPUTE),
          Map.entry("external_pid_file", COMPUTE),
          Map.entry("wal_sender_timeout", COMPUTE),
          Map.entry("logging_collector", "the log goes to the endpoint's log"),
          Map.entry("log_destination", "the log goes to the endpoint's log"),
          Map.entry("allow_in_place_tablespaces", "tablespaces are not supported"));

  private SettingRules() {}

  /// Checks one setting.
  ///
  /// @return the name as PostgreSQL writes it (lower case)
  /// @throws SpecException if a user may not set it or the value cannot be written in a
  ///   configuration file
  public static String check(String name, String value) throws SpecException {
    String canonical = name.toLowerCase(Locale.ROOT);
    if (!NAME.matcher(canonical).matches()) {
      throw new SpecException("settings: \"" + printable(name) + "\" is no name of a setting");
    }
    String refusal = REFUSED.get(canonical);
    if (refusal != null) {
      throw new SpecException("settings: " + canonical + " cannot be changed: " + refusal);
    }
    if (canonical.startsWith("recovery_target")) {
      throw new SpecException("settings: " + canonical + " cannot be changed: " + RECOVERY);
    }
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < ' ') {
        throw new SpecException("settings: " + canonical + " has a control character in its value");
      }
    }
    if (canonical.equals("wal_level") && !value.equals("replica") && !value.equals("logical")) {
      throw new SpecException("settings: wal_level must be replica or logical");
    }
    if (canonical.equals("application_name") && value.equalsIgnoreCase(PROPOSER_NAME)) {
      throw new SpecException("settings: application_name " + value + " is reserved");
    }
    if (canonical.equals("max_wal_senders") || canonical.equals("max_replication_slots")) {
      checkAtLeast(canonical, value, REPLICATION_LIMIT_MIN);
    }
    return canonical;
  }

  private static void checkAtLeast(String name, String value, int least) throws SpecException {
    try {
      if (Integer.parseInt(value) >= least) {
        return;
      }
    } catch (NumberFormatException e) {
      throw new SpecException("settings: " + name + " must be a number", e);
    }
    throw new SpecException("settings: " + name + " must be at least " + least);
  }

  private static String printable(String name) {
    return name.length() > 64 ? name.substring(0, 64) : name;
  }
}
