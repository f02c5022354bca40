package dev.argon.safekeeper;

import dev.argon.node.Metrics;
import dev.argon.pgwire.message.BlockPool;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorState;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.WalUsers;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntSupplier;

/// The safekeeper's metrics. Timelines have some of their own as long as somebody is connected to
/// them: thousands of idle ones do not swell the answer.
final class SafekeeperMetrics {

  /// From a fast disk's cache to one that is in trouble.
  private static final double[] FLUSH_SECONDS = {
    0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5
  };

  private static final double NANOS_PER_SECOND = 1e9;

  private final PrometheusRegistry registry;
  private final Counter appendedBytes;
  private final Histogram flushSeconds;

  SafekeeperMetrics(Metrics metrics) {
    registry = metrics.registry();
    appendedBytes =
        Counter.builder()
            .name("argon_safekeeper_appended_bytes")
            .help("WAL written.")
            .register(registry);
    flushSeconds =
        Histogram.builder()
            .name("argon_safekeeper_flush_seconds")
            .help("Time of making appended WAL durable.")
            .classicOnly()
            .classicUpperBounds(FLUSH_SECONDS)
            .register(registry);
  }

  void appended(int bytes) {
    appendedBytes.inc(bytes);
  }

  void flushed(long nanos) {
    flushSeconds.observe(nanos / NANOS_PER_SECOND);
  }

  /// Counts that are taken when somebody asks.
  void register(
      Timelines timelines, IntSupplier pgConnections, IntSupplier peers, IntSupplier troubles) {
    gauge(
        "argon_safekeeper_pg_connections",
        "Connections of the PostgreSQL protocol.",
        pgConnections);
    gauge("argon_safekeeper_subscriptions", "Nodes that are subscribed.", peers);
    gauge(
        "argon_safekeeper_receive_buffer_bytes",
        "Receive buffers in use.",
        () -> Math.toIntExact(BlockPool.shared().lentBytes()));
    gauge(
        "argon_safekeeper_archive_troubles",
        "Timelines whose WAL cannot be archived now.",
        troubles);
    GaugeWithCallback.builder()
        .name("argon_safekeeper_timelines")
        .help("Timelines by what is with them.")
        .labelNames("state")
        .callback(callback -> countTimelines(timelines, callback))
        .register(registry);
    lsn(timelines, "flush_lsn", "Durable here.", AcceptorState::flushLsn);
    lsn(timelines, "commit_lsn", "Committed.", AcceptorState::commitLsn);
    lsn(timelines, "backup_lsn", "Archived below.", state -> state.control().backupLsn());
    lsn(
        timelines,
        "remote_consistent_lsn",
        "Not needed by a pageserver below.",
        state -> state.control().remoteConsistentLsn());
    lsn(timelines, "peer_horizon_lsn", "All members have it below.", AcceptorState::truncateLsn);
    timeline(timelines, "term", "Its term.", line -> (double) line.state().term().value());
    timeline(
        timelines, "wal_receivers", "Proposers.", line -> (double) line.users().receivers().size());
    timeline(timelines, "wal_senders", "Readers.", line -> (double) line.users().senders().size());
    timeline(
        timelines,
        "send_lag_bytes",
        "How far the slowest reader is behind the commit LSN.",
        SafekeeperMetrics::sendLag);
  }

  private void gauge(String name, String help, IntSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsInt()))
        .register(registry);
  }

  private static void countTimelines(Timelines timelines, GaugeWithCallback.Callback callback) {
    int present = 0;
    int evicted = 0;
    int connected = 0;
    int unusable = 0;
    for (Timelines.Slot slot : timelines.slots().values()) {
      switch (slot) {
        case Timelines.Slot.Usable(Timeline timeline) -> {
          if (timeline.archive().evictedLsn().isPresent()) {
            evicted++;
          } else if (timeline.users().isEmpty()) {
            present++;
          } else {
            connected++;
          }
        }
        case Timelines.Slot.Unusable _ -> unusable++;
      }
    }
    callback.call(connected, "connected");
    callback.call(present, "idle");
    callback.call(evicted, "evicted");
    callback.call(unusable, "unusable");
  }

  private void lsn(
      Timelines timelines, String name, String help, Function<AcceptorState, Lsn> value) {
    timeline(timelines, name, help, line -> (double) value.apply(line.state()).value());
  }

  private void timeline(
      Timelines timelines, String name, String help, Function<Timeline, Double> value) {
    GaugeWithCallback.builder()
        .name("argon_safekeeper_timeline_" + name)
        .help(help)
        .labelNames("tenant_id", "timeline_id")
        .callback(callback -> {
          for (Timeline timeline : connected(timelines)) {
            callback.call(
                value.apply(timeline),
                timeline.key().tenant().toString(),
                timeline.key().timeline().toString());
          }
        })
        .register(registry);
  }

  private static List<Timeline> connected(Timelines timelines) {
    return timelines.usable().stream().filter(timeline -> !timeline.users().isEmpty()).toList();
  }

  private static double sendLag(Timeline timeline) {
    Lsn commit = timeline.state().commitLsn();
    long lag = 0;
    for (WalUsers.Sender sender : timeline.users().senders()) {
      if (sender.sentLsn().isBefore(commit)) {
        lag = Math.max(lag, commit.bytesAfter(sender.sentLsn()));
      }
    }
    return (double) lag;
  }
}
