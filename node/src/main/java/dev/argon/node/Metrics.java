package dev.argon.node;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// The metrics of one process. Made once in `main` and handed to the parts, which register their
/// counters with [#registry()].
public final class Metrics {

  private static final int TEXT_SIZE_ESTIMATE = 16 << 10;

  private final PrometheusRegistry registry = new PrometheusRegistry();

  public PrometheusRegistry registry() {
    return registry;
  }

  /// All metrics in Prometheus' text format.
  public Response scrape() throws IOException {
    PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    ByteArrayOutputStream text = new ByteArrayOutputStream(TEXT_SIZE_ESTIMATE);
    writer.write(text, registry.scrape());
    return new Response(200, writer.getContentType(), text.toByteArray());
  }
}
