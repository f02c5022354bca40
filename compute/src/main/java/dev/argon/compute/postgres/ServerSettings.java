package dev.argon.compute.postgres;

import dev.argon.compute.spec.ComputeMode;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.compute.spec.SettingRules;
import dev.argon.postgres.Lsn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which setting of PostgreSQL comes from where: what must hold goes on the command line, what
/// users chose into `postgresql.conf`.
///
/// @param commandLine by `-c`: stronger than every file, `ALTER SYSTEM` included
/// @param file the content of `postgresql.conf`
public record ServerSettings(Map<String, String> commandLine, Map<String, String> file) {

  /// What a user's own settings are merged with rather than refused.
  private static final String PRELOAD = "shared_preload_libraries";

  private static final String WAL_LEVEL = "wal_level";

  /// In the file, where a reload finds another value.
  private static final String CACHE_LIMIT = "neon.file_cache_size_limit";

  /// The name by which PostgreSQL knows the quorum.
  public static final String PROPOSER_NAME = SettingRules.PROPOSER_NAME;

  /// Longer than any pause of this JVM; a proposer that is really gone is noticed by its socket.
  private static final String SENDER_TIMEOUT = "5min";

  /// Computes both maps.
  ///
  /// @param shim what the shim needs to be told, by the names of its own settings
  /// @param upstream what a replica needs to be told of its source; empty for others
  public static ServerSettings of(
      ComputeSpec spec,
      Path socketDirectory,
      Map<String, String> shim,
      Map<String, String> upstream) {
    Map<String, String> fixed = new LinkedHashMap<>();
    fixed.put("listen_addresses", spec.pgAddress().host());
    fixed.put("port", Integer.toString(spec.pgAddress().port()));
    fixed.put("unix_socket_directories", socketDirectory.toString());
    fixed.put("unix_socket_permissions", "0700");
    fixed.put("fsync", "off");
    fixed.put("full_page_writes", "off");
    fixed.put("restart_after_crash", "off");
    fixed.put("wal_log_hints", "off");
    fixed.put("archive_mode", "off");
    fixed.put("track_commit_timestamp", "off");
    fixed.put("zero_damaged_pages", "off");
    fixed.put("recovery_prefetch", "off");
    fixed.put("hot_standby", "on");
    fixed.put("max_slot_wal_keep_size", "-1");
    fixed.put("wal_sender_timeout", SENDER_TIMEOUT);
    fixed.put(WAL_LEVEL, spec.settings().getOrDefault(WAL_LEVEL, "replica"));
    fixed.put("synchronous_standby_names", standbyNames(spec.mode()));
    fixed.put("logging_collector", "off");
    fixed.put("log_destination", "stderr");
    fixed.put(PRELOAD, preload(spec));
    fixed.putAll(shim);

    SortedMap<String, String> file = new TreeMap<>(defaults());
    if (!upstream.isEmpty()) {
      file.putAll(StandbySettings.defaults());
    }
    file.putAll(spec.settings());
    file.putAll(upstream);
    file.put(CACHE_LIMIT, spec.fileCacheSizeLimitMb() + "MB");
    file.keySet().removeAll(fixed.keySet());
    return new ServerSettings(fixed, file);
  }

  private static String standbyNames(ComputeMode mode) {
    return switch (mode) {
      case ComputeMode.Primary() -> PROPOSER_NAME;
      case ComputeMode.Static(Lsn _), ComputeMode.Replica() -> "";
    };
  }

  private static String preload(ComputeSpec spec) {
    String shim = '"' + spec.postgres().extensionLibrary().toString().replace("\"", "\"\"") + '"';
    String users = spec.settings().getOrDefault(PRELOAD, "");
    return users.isBlank() ? shim : shim + "," + users;
  }

  /// What a compute starts from where the user says nothing.
  private static Map<String, String> defaults() {
    return Map.ofEntries(
        Map.entry("max_wal_senders", Integer.toString(SettingRules.REPLICATION_LIMIT_MIN)),
        Map.entry("max_replication_slots", Integer.toString(SettingRules.REPLICATION_LIMIT_MIN)),
        Map.entry("wal_init_zero", "off"),
        Map.entry("wal_recycle", "off"),
        Map.entry("password_encryption", "scram-sha-256"),
        Map.entry("lc_messages", "C"),
        Map.entry("timezone", "UTC"),
        Map.entry("log_timezone", "UTC"),
        Map.entry("log_line_prefix", "%m [%p] %q%u@%d "),
        Map.entry("default_text_search_config", "pg_catalog.english"));
  }

  /// The postmaster's arguments after its data directory.
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    commandLine.forEach((name, value) -> {
      arguments.add("-c");
      arguments.add(name + "=" + value);
    });
    return arguments;
  }

  /// The text of `postgresql.conf`.
  public String fileText() {
    StringBuilder text =
        new StringBuilder("# Written at each start. Settings are kept by the control plane.\n");
    file.forEach((name, value) ->
        text.append(name)
            .append(" = '")
            .append(value.replace("\\", "\\\\").replace("'", "''"))
            .append("'\n"));
    return text.toString();
  }
}
