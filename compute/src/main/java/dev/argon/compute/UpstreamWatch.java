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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Sees to it that a replica does not read from a safekeeper that the primary has lost: PostgreSQL
/// changes its source only when that is gone. When no WAL comes, the others are asked, ever more
/// rarely; one that has had more for some time is read from instead.
final class UpstreamWatch implements AutoCloseable {

  private static final Logger LOG = System.getLogger(UpstreamWatch.class.getName());

  private static final long PAUSE_MILLIS_MIN = 1_000;
  private static final long PAUSE_MILLIS_MAX = 30_000;
  private static final long ANSWER_MILLIS = 3_000;

  private final ComputeSpec spec;
  private final Upstream upstream;
  private final Supplier<Optional<ReplicaProgress>> progress;
  private final Consumer<HostPort> change;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /// @param change makes PostgreSQL begin with this one
  UpstreamWatch(
      ComputeSpec spec,
      Upstream upstream,
      Supplier<Optional<ReplicaProgress>> progress,
      Consumer<HostPort> change) {
    this.spec = spec;
    this.upstream = upstream;
    this.progress = progress;
    this.change = change;
    thread = Thread.ofVirtual().name("upstream-watch").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      Lsn before = Lsn.INVALID;
      boolean suspected = false;
      long pause = PAUSE_MILLIS_MIN;
      while (!closed.await(pause, TimeUnit.MILLISECONDS)) {
        Lsn received = progress.get().map(ReplicaProgress::receivedLsn).orElse(Lsn.INVALID);
        if (!received.isValid() || !received.equals(before)) {
          before = received;
          suspected = false;
          pause = PAUSE_MILLIS_MIN;
          continue;
        }
        Optional<HostPort> ahead = ahead(received);
        if (ahead.isPresent() && suspected) {
          LOG.log(Level.INFO, "{0} has WAL that does not come: reading from there", ahead.get());
          change.accept(ahead.get());
        }
        pause = ahead.isPresent() ? PAUSE_MILLIS_MIN : Math.min(2 * pause, PAUSE_MILLIS_MAX);
        suspected = ahead.isPresent() && !suspected;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// A safekeeper that knows of committed WAL behind `received`.
  private Optional<HostPort> ahead(Lsn received) {
    for (HostPort safekeeper : upstream.safekeepers()) {
      try {
        if (commitLsn(safekeeper).isAfter(received)) {
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

  /// Lets a question that is under way come to its end by itself.
  @Override
  public void close() {
    closed.countDown();
  }
}
