package dev.argon.pageserver;

import dev.argon.node.Metrics;
import dev.argon.pageserver.layer.BlockCache;
import dev.argon.pageserver.tenant.Tenants;
import dev.argon.pageserver.timeline.MemoryBudget;
import dev.argon.pageserver.timeline.PageCache;
import dev.argon.pageserver.timeline.ReadStatistics;
import dev.argon.pageserver.timeline.Timeline;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.LongSupplier;

/// The pageserver's metrics. Layers and records per page are what bounds the cost of a read.
final class PageserverMetrics {

  private PageserverMetrics() {}

  static void register(
      Metrics metrics,
      ReadStatistics reads,
      PageCache pages,
      BlockCache blocks,
      MemoryBudget budget,
      Tenants tenants) {
    PrometheusRegistry registry = metrics.registry();
    counter(registry, "argon_pageserver_pages_read", "Pages read.", reads::pages);
    counter(
        registry,
        "argon_pageserver_layers_visited",
        "Layers looked into for pages.",
        reads::layers);
    counter(
        registry,
        "argon_pageserver_records_applied",
        "WAL records applied for pages.",
        reads::records);
    counter(registry, "argon_pageserver_page_cache_hits", "Pages found rebuilt.", pages::hits);
    counter(
        registry, "argon_pageserver_page_cache_misses", "Pages not found rebuilt.", pages::misses);
    counter(
        registry,
        "argon_pageserver_layer_blocks_read",
        "Blocks of layer files unpacked.",
        blocks::blocksRead);
    GaugeWithCallback.builder()
        .name("argon_pageserver_memory_layer_bytes")
        .help("Memory of layers that are not in files yet.")
        .callback(callback -> callback.call((double) budget.bytesUsed()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("argon_pageserver_last_record_lsn")
        .help("Ingested up to here.")
        .labelNames("tenant_id", "timeline_id")
        .callback(callback -> {
          for (Timeline timeline : tenants.timelines()) {
            callback.call(
                (double) timeline.lastRecordLsn(),
                timeline.tenant().toString(),
                timeline.id().toString());
          }
        })
        .register(registry);
  }

  private static void counter(
      PrometheusRegistry registry, String name, String help, LongSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call((double) value.getAsLong()))
        .register(registry);
  }
}
