package dev.argon.compute;

import dev.argon.compute.proposer.ProposerProgress;
import dev.argon.node.Metrics;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import java.util.function.ToDoubleFunction;

/// The compute's numbers, read when somebody asks.
final class ComputeMetrics {

  private ComputeMetrics() {}

  static void register(Metrics metrics, ComputeParts parts, StartTimes times) {
    proposer(
        metrics,
        parts,
        "compute_commit_lsn",
        "What the quorum has.",
        p -> (double) p.commitLsn().value());
    proposer(
        metrics,
        parts,
        "compute_received_lsn",
        "What PostgreSQL has sent.",
        p -> (double) p.receivedLsn().value());
    proposer(metrics, parts, "compute_term", "The term that was won.", ProposerProgress::term);
    replica(
        metrics,
        parts,
        "compute_replay_lsn",
        "What a replica shows.",
        r -> (double) r.replayLsn().value());
    replica(
        metrics,
        parts,
        "compute_replay_lag_bytes",
        "WAL that a replica has received and not replayed.",
        ReplicaProgress::lagBytes);
    GaugeWithCallback.builder()
        .name("compute_start_micros")
        .help("How long each phase of the start took.")
        .labelNames("phase")
        .callback(callback -> times.snapshot().forEach((name, value) -> callback.call(value, name)))
        .register(metrics.registry());
    GaugeWithCallback.builder()
        .name("compute_pages")
        .help("What communicator, evictor and server have counted.")
        .labelNames("counter")
        .callback(
            callback -> parts.pageCounters().forEach((name, value) -> callback.call(value, name)))
        .register(metrics.registry());
    CacheMetrics.register(metrics, parts::cacheNumbers);
  }

  /// Of the cache alone, for whoever decides how large the endpoint should be.
  static Metrics autoscaling(ComputeParts parts) {
    Metrics metrics = new Metrics();
    CacheMetrics.register(metrics, parts::cacheNumbers);
    return metrics;
  }

  private static void replica(
      Metrics metrics,
      ComputeParts parts,
      String name,
      String help,
      ToDoubleFunction<ReplicaProgress> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback ->
            parts.replicaProgress().ifPresent(r -> callback.call(value.applyAsDouble(r))))
        .register(metrics.registry());
  }

  private static void proposer(
      Metrics metrics,
      ComputeParts parts,
      String name,
      String help,
      ToDoubleFunction<ProposerProgress> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(
            callback -> parts.progress().ifPresent(p -> callback.call(value.applyAsDouble(p))))
        .register(metrics.registry());
  }
}
