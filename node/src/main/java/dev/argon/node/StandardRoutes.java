package dev.argon.node;

import java.util.function.Supplier;

/// The routes every process has: `GET /v1/status` and `GET /metrics`.
public final class StandardRoutes {

  private StandardRoutes() {}

  /// @param status asked on each request, from many threads; must not block for long
  public static void addTo(Router router, Supplier<ProcessStatus> status, Metrics metrics) {
    router.get("/v1/status", request -> Response.json(status.get()));
    router.get("/metrics", request -> metrics.scrape());
  }
}
