package dev.argon.controlplane.endpoint;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Settings that users do not set: those on which durability or an endpoint's identity rests, and
/// those that the compute decides.
final class SettingRules {

  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)?");

  private static final int VALUE_LENGTH_MAX = 4096;

  private static final String DURABILITY = "it cannot be changed, durability rests on it";
  private static final String IDENTITY = "it cannot be changed, it says whose data this is";
  private static final String COMPUTE = "it cannot be changed, Argon decides it";
  private static final String RECOVERY =
      "it cannot be changed, a compute never recovers from local files";
  private static final String ARCHIVE = "it cannot be changed, the safekeepers keep the WAL";

  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("fsync", DURABILITY),
          Map.entry("full_page_writes", DURABILITY),
          Map.entry("synchronous_standby_names", DURABILITY),
          Map.entry("restart_after_crash", DURABILITY),
          Map.entry("max_slot_wal_keep_size", DURABILITY),
          Map.entry("wal_log_hints", DURABILITY),
          Map.entry("zero_damaged_pages", DURABILITY),
          Map.entry("ignore_checksum_failure", DURABILITY),
          Map.entry("ignore_invalid_pages", DURABILITY),
          Map.entry("data_sync_retry", DURABILITY),
          Map.entry("archive_mode", ARCHIVE),
          Map.entry("archive_command", ARCHIVE),
          Map.entry("archive_library", ARCHIVE),
          Map.entry(
              "track_commit_timestamp",
              "it cannot be changed, commit timestamps are not kept by the pageserver"),
          Map.entry("wal_consistency_checking", COMPUTE),
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
          Map.entry("logging_collector", COMPUTE),
          Map.entry("log_destination", COMPUTE),
          Map.entry(
              "allow_in_place_tablespaces", "it cannot be changed, tablespaces are not supported"),
          Map.entry("neon.tenant_id", IDENTITY),
          Map.entry("neon.timeline_id", IDENTITY),
          Map.entry("neon.project_id", IDENTITY),
          Map.entry("neon.branch_id", IDENTITY),
          Map.entry("neon.endpoint_id", IDENTITY),
          Map.entry("neon.pageserver_connstring", IDENTITY),
          Map.entry("neon.safekeepers", IDENTITY));

  private SettingRules() {}

  /// Why a user may not set this; empty if he may.
  ///
  /// @param name in lower case
  static Optional<String> refusal(String name, String value) {
    if (!NAME.matcher(name).matches()) {
      return Optional.of("that is no name of a setting");
    }
    if (REFUSED.containsKey(name)) {
      return Optional.of(REFUSED.get(name));
    }
    if (name.startsWith("recovery_target")) {
      return Optional.of(RECOVERY);
    }
    if (value.length() > VALUE_LENGTH_MAX || value.chars().anyMatch(c -> c < ' ')) {
      return Optional.of("its value is too long or has control characters");
    }
    return switch (name) {
      case "wal_level" ->
          value.equals("replica") || value.equals("logical")
              ? Optional.empty()
              : Optional.of("it must be replica or logical");
      case "max_wal_senders", "max_replication_slots" ->
          value.matches("\\d{2,6}")
              ? Optional.empty()
              : Optional.of("it must be at least 10: the WAL proposer needs one");
      default -> Optional.empty();
    };
  }
}
