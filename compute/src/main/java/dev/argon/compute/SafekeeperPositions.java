package dev.argon.compute;

import dev.argon.compute.spec.ComputeSpec;
import dev.argon.node.HostPort;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryResult;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Asks safekeepers how much WAL they know to be committed, which is what they give a replica.
final class SafekeeperPositions {

  private static final Logger LOG = System.getLogger(SafekeeperPositions.class.getName());

  private static final long ANSWER_MILLIS = 3_000;

  private final ComputeSpec spec;

  SafekeeperPositions(ComputeSpec spec) {
    this.spec = spec;
  }

  /// The first whose commit LSN is as wanted; those that do not answer are passed over.
  Optional<HostPort> first(List<HostPort> safekeepers, Predicate<Lsn> wanted) {
    for (HostPort safekeeper : safekeepers) {
      try {
        if (wanted.test(commitLsn(safekeeper))) {
          return Optional.of(safekeeper);
        }
      } catch (IOException | PgErrorException | IllegalArgumentException e) {
        LOG.log(Level.DEBUG, "no answer of " + safekeeper, e);
      }
    }
    return Optional.empty();
  }

  private Lsn commitLsn(HostPort safekeeper) throws IOException, PgErrorException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("tenant_id", spec.tenant().toString());
    options.put("timeline_id", spec.timeline().toString());
    PgClientSettings settings =
        spec.storage()
            .security()
            .applyTo(PgClientSettings.of(safekeeper.toSocketAddress(), "argon", "replication"))
            .with("options", StartupOptions.format(options))
            .with("application_name", "replica")
            .withTimeouts(ANSWER_MILLIS, ANSWER_MILLIS, ANSWER_MILLIS)
            .withReplication();
    try (PgClient client = PgClient.connect(settings)) {
      QueryResult result = client.query("IDENTIFY_SYSTEM");
      String position = result.rows().getFirst().get(result.columns().indexOf("xlogpos"));
      return Lsn.parse(String.valueOf(position));
    }
  }
}
