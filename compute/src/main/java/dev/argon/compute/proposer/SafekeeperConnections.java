package dev.argon.compute.proposer;

import dev.argon.node.HostPort;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.StartupOptions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Connects to safekeepers; blocks.
final class SafekeeperConnections {

  private static final long CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final long SILENCE_MAX_MILLIS = 30_000;

  /// The recognised name of a proposer that reads WAL for another safekeeper.
  private static final String RECOVERY_APPLICATION = "wal_proposer_recovery";

  private static final String PUSH =
      "START_WAL_PUSH (proto_version '3', allow_timeline_creation 'false')";

  private final ProposerConfiguration configuration;

  SafekeeperConnections(ProposerConfiguration configuration) {
    this.configuration = configuration;
  }

  private PgClientSettings settings(HostPort safekeeper) throws IOException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("tenant_id", configuration.tenant().toString());
    options.put("timeline_id", configuration.timeline().toString());
    return configuration
        .security()
        .applyTo(PgClientSettings.of(safekeeper.toSocketAddress(), "argon", "replication"))
        .with("options", StartupOptions.format(options))
        .withTimeouts(CONNECT_TIMEOUT_MILLIS, SILENCE_MAX_MILLIS, SILENCE_MAX_MILLIS);
  }

  /// A connection on which the proposer's protocol can begin.
  PgClient.Detached forPush(HostPort safekeeper) throws IOException, PgErrorException {
    PgClient client = PgClient.connect(settings(safekeeper));
    boolean open = false;
    try {
      client.copyBoth(PUSH);
      PgClient.Detached detached = client.detach();
      open = true;
      return detached;
    } finally {
      if (!open) {
        client.close();
      }
    }
  }

  /// A connection for reading WAL.
  PgClient forRecovery(HostPort safekeeper) throws IOException, PgErrorException {
    return PgClient.connect(
        settings(safekeeper).with("application_name", RECOVERY_APPLICATION).withReplication());
  }
}
