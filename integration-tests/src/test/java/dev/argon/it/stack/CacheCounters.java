package dev.argon.it.stack;

import java.util.Map;

/// What the compute counted of its file cache since it started, from its `/metrics`.
///
/// @param evicted blocks that were dropped from the relation files
/// @param prefetched blocks that were asked for ahead of their reader
/// @param unexpectedZeroPages blocks that were empty and should not have been; must stay 0
public record CacheCounters(long evicted, long prefetched, long unexpectedZeroPages) {

  public static CacheCounters of(Stack stack) {
    Map<String, Double> metrics = stack.computeMetrics();
    return new CacheCounters(
        find(metrics, "lfc_evicted_pages"),
        find(metrics, "getpage_prefetch_requests_total"),
        find(metrics, "zero_page_errors_total"));
  }

  private static long find(Map<String, Double> metrics, String ending) {
    return metrics.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(ending))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + ending + " among " + metrics.keySet()))
        .getValue()
        .longValue();
  }
}
