package dev.argon.controlplane.endpoint;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/// What happens to endpoints, counted.
public final class EndpointMetrics {

  private static final double[] START_SECONDS = {0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128};
  private static final double SECOND_NANOS = 1e9;

  private final Histogram starts;
  private final Counter failedStarts;
  private final Counter ended;

  public EndpointMetrics(PrometheusRegistry registry) {
    starts =
        Histogram.builder()
            .name("argon_endpoint_start_seconds")
            .help("From the decision to start a compute until it took queries.")
            .classicOnly()
            .classicUpperBounds(START_SECONDS)
            .register(registry);
    failedStarts =
        Counter.builder()
            .name("argon_endpoint_failed_starts_total")
            .help("Starts of computes that came to nothing.")
            .register(registry);
    ended =
        Counter.builder()
            .name("argon_endpoint_unexpected_ends_total")
            .help("Computes that ended without having been asked.")
            .register(registry);
  }

  void started(long nanos) {
    starts.observe(nanos / SECOND_NANOS);
  }

  void startFailed() {
    failedStarts.inc();
  }

  void ended() {
    ended.inc();
  }
}
