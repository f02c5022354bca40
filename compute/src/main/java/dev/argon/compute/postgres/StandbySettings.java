package dev.argon.compute.postgres;

import dev.argon.compute.boot.SettledParameters;
import dev.argon.compute.spec.StorageSecurity;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.postgres.control.ServerParameters;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Settings that make a server a hot standby of safekeepers.
public final class StandbySettings {

  /// A safekeeper says something once a second.
  private static final int CONNECT_TIMEOUT_SECONDS = 3;

  /// What replicas begin with and users may change.
  private static final Map<String, String> DEFAULTS =
      Map.of(
          // PostgreSQL's five seconds would be how long a safekeeper's death is seen.
          "wal_retrieve_retry_interval", "200ms",
          "wal_receiver_timeout", "10s",
          "wal_receiver_status_interval", "1s");

  private StandbySettings() {}

  /// Where WAL comes from.
  ///
  /// @param addresses of safekeepers; the first that answers is taken
  /// @param preferences another number is another setting, even with the same addresses: PostgreSQL
  ///   connects anew only if the text has changed
  public record Sources(List<HostPort> addresses, long preferences) {}

  /// The settings that users can change, where they have not.
  public static Map<String, String> defaults() {
    return DEFAULTS;
  }

  /// The stream's source.
  ///
  /// @param passwordFile has the token for safekeepers; empty if they want none
  public static Map<String, String> of(
      Sources sources,
      TenantId tenant,
      TimelineId timeline,
      Optional<Path> passwordFile,
      StorageSecurity security) {
    List<HostPort> safekeepers = sources.addresses();
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("host", joined(safekeepers, HostPort::host));
    parts.put("port", joined(safekeepers, safekeeper -> Integer.toString(safekeeper.port())));
    parts.put("user", "argon");
    passwordFile.ifPresent(file -> parts.put("passfile", file.toString()));
    parts.put(
        "application_name",
        sources.preferences() == 0 ? "replica" : "replica-" + sources.preferences());
    parts.put("options", "-c tenant_id=" + tenant + " -c timeline_id=" + timeline);
    parts.put("connect_timeout", Integer.toString(CONNECT_TIMEOUT_SECONDS));
    parts.put("gssencmode", "disable");
    if (security.authorities().isPresent()) {
      parts.put("sslmode", "verify-full");
      parts.put("sslrootcert", security.authorities().get().toString());
    } else {
      parts.put("sslmode", "disable");
    }
    String text =
        parts.entrySet().stream()
            .map(part -> part.getKey() + "='" + escaped(part.getValue()) + "'")
            .collect(Collectors.joining(" "));
    return Map.of("primary_conninfo", text);
  }

  private interface Part {
    String of(HostPort address);
  }

  private static String joined(List<HostPort> addresses, Part part) {
    return addresses.stream().map(part::of).collect(Collectors.joining(","));
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("'", "\\'");
  }

  /// The line of a libpq password file that gives `token` to everybody.
  public static String passwordLine(String token) {
    return "*:*:*:*:" + token.replace("\\", "\\\\").replace(":", "\\:") + "\n";
  }

  /// The settings, none of the five that a standby is checked for below what the primary has.
  ///
  /// @throws IllegalArgumentException if one of them is no number
  public static SortedMap<String, String> raised(
      Map<String, String> settings, ServerParameters least) {
    ServerParameters own = SettledParameters.of(settings);
    SortedMap<String, String> raised = new TreeMap<>(settings);
    raise(raised, "max_connections", own.maxConnections(), least.maxConnections());
    raise(raised, "max_worker_processes", own.maxWorkerProcesses(), least.maxWorkerProcesses());
    raise(raised, "max_wal_senders", own.maxWalSenders(), least.maxWalSenders());
    raise(
        raised,
        "max_prepared_transactions",
        own.maxPreparedTransactions(),
        least.maxPreparedTransactions());
    raise(
        raised,
        "max_locks_per_transaction",
        own.maxLocksPerTransaction(),
        least.maxLocksPerTransaction());
    return raised;
  }

  private static void raise(SortedMap<String, String> settings, String name, int own, int least) {
    if (own < least) {
      settings.put(name, Integer.toString(least));
    }
  }
}
