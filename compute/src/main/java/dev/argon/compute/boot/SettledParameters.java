package dev.argon.compute.boot;

import dev.argon.postgres.control.ServerParameters;
import java.util.Map;

/// The parameters that stand in the control file, from a server's settings. A standby refuses
/// settings below them (`CheckRequiredParameterValues`, xlog.c), so a read-only node's own stand
/// there; a primary keeps the file's and logs the change itself.
public final class SettledParameters {

  private static final int WAL_LEVEL_REPLICA = 1;
  private static final int WAL_LEVEL_LOGICAL = 2;

  private SettledParameters() {}

  /// PostgreSQL's defaults stand in for settings that are absent.
  ///
  /// @throws IllegalArgumentException if one is no number
  public static ServerParameters of(Map<String, String> settings) {
    boolean logical = settings.getOrDefault("wal_level", "replica").equals("logical");
    return new ServerParameters(
        logical ? WAL_LEVEL_LOGICAL : WAL_LEVEL_REPLICA,
        false,
        number(settings, "max_connections", 100),
        number(settings, "max_worker_processes", 8),
        number(settings, "max_wal_senders", 10),
        number(settings, "max_prepared_transactions", 0),
        number(settings, "max_locks_per_transaction", 64),
        false);
  }

  private static int number(Map<String, String> settings, String name, int absent) {
    String value = settings.get(name);
    if (value == null) {
      return absent;
    }
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is no number: " + value, e);
    }
  }
}
