package dev.argon.compute;

import dev.argon.node.Metrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// [CacheNumbers] for Prometheus, taken once for each scrape. All of them are gauges, as Neon's
/// are: their names would change if they were counters.
final class CacheMetrics implements MultiCollector {

  private final Supplier<CacheNumbers> numbers;

  private CacheMetrics(Supplier<CacheNumbers> numbers) {
    this.numbers = numbers;
  }

  static void register(Metrics metrics, Supplier<CacheNumbers> numbers) {
    metrics.registry().register(new CacheMetrics(numbers));
  }

  @Override
  public MetricSnapshots collect() {
    CacheNumbers now = numbers.get();
    List<MetricSnapshot> all = new ArrayList<>();
    now.gauges().forEach((name, value) -> all.add(gauge(name, value)));
    family(
        all,
        "lfc_approximate_working_set_size_windows",
        "Approximate working set size in pages of 8192 bytes",
        "duration_seconds",
        now.workingSet());
    family(all, "request_counters", "Requests for blocks.", "request_type", now.requests());
    family(
        all,
        "request_nblocks_counters",
        "Blocks in requests.",
        "request_type",
        now.requestBlocks());
    return new MetricSnapshots(all);
  }

  private static MetricSnapshot gauge(String name, long value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help("The local cache.")
        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value((double) value).build())
        .build();
  }

  private static void family(
      List<MetricSnapshot> all, String name, String help, String label, Map<String, Long> values) {
    if (values.isEmpty()) {
      return;
    }
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
    values.forEach((of, value) ->
        family.dataPoint(
            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(Labels.of(label, of))
                .value(value.doubleValue())
                .build()));
    all.add(family.build());
  }
}
