package dev.argon.it.stack;

import java.util.Map;

/// What the compute counted of its file cache since it started, from its `/metrics`.
///
/// @param evicted blocks that were dropped from the relation files
/// @param prefetched blocks that were asked for ahead of their reader
/// @param unexpectedZeroPages blocks that were empty and should not have been; must stay 0
public record CacheCounters(long evicted, long prefetched, long unexpectedZeroPages) {

  public static CacheCounters of(Stack stack) {
    return of(stack.computeMetrics());
  }

  /// Of an endpoint's compute.
  public static CacheCounters of(Stack stack, String endpoint) {
    return of(stack.computeMetrics(endpoint));
  }

  private static CacheCounters of(Map<String, Double> metrics) {
    return new CacheCounters(
        find(metrics, "lfc_evicted_pages"),
        find(metrics, "read_ahead_blocks"),
        find(metrics, "zero_page_errors"));
  }

  private static long find(Map<String, Double> metrics, String counter) {
    Double value = metrics.get("compute_pages{counter=\"" + counter + "\"}");
    if (value == null) {
      throw new AssertionError("no counter " + counter + " among " + metrics.keySet());
    }
    return value.longValue();
  }
}
