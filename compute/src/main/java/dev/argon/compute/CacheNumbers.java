package dev.argon.compute;

import dev.argon.compute.communicator.RequestCounts;
import dev.argon.compute.eviction.Evictor;
import dev.argon.compute.memory.ServerCounters;
import dev.argon.compute.memory.SharedMemory;
import java.util.LinkedHashMap;
import java.util.Map;

/// The local cache in numbers, by the names that Neon's communicator and its exporters give them.
///
/// @param gauges by name
/// @param workingSet blocks read in the last so many seconds, by that number
/// @param requests that PostgreSQL made, by kind
/// @param requestBlocks blocks in them, by kind
record CacheNumbers(
    Map<String, Long> gauges,
    Map<String, Long> workingSet,
    Map<String, Long> requests,
    Map<String, Long> requestBlocks) {

  static final CacheNumbers NONE = new CacheNumbers(Map.of(), Map.of(), Map.of(), Map.of());

  private static final int WINDOWS = 60;
  private static final int WINDOW_SECONDS = 60;
  private static final long PAGE_BYTES = 8192;

  static CacheNumbers of(
      SharedMemory memory, RequestCounts requests, Evictor evictor, long nowSeconds) {
    Map<String, Long> gauges = new LinkedHashMap<>();
    ServerCounters server = memory.serverCounters();
    long limit = memory.cacheLimitBlocks();
    if (limit >= 0) {
      gauges.put("lfc_cache_size_limit", limit * PAGE_BYTES);
      gauges.put("file_cache_max_blocks", limit);
      gauges.put("file_cache_num_free_blocks", Math.max(limit - server.residentBlocks(), 0));
    }
    gauges.put("lfc_chunk_size_pages", 1L);
    gauges.put("lfc_hits", server.hits());
    gauges.put("lfc_misses", server.misses());
    gauges.put("lfc_used", server.residentBlocks());
    gauges.put("lfc_used_pages", server.residentBlocks());
    gauges.put("lfc_writes", server.writes() + server.extensions());
    gauges.put("lfc_evicted_pages", evictor.evictedBlocks());
    gauges.put("lfc_approximate_working_set_size", memory.workingSet().blocks());
    gauges.put("getpage_cache_hits_counter", server.hits());
    gauges.put("getpage_cache_misses_counter", server.misses());
    gauges.put("cache_page_evictions_counter", evictor.evictedBlocks());
    gauges.put("clock_iterations_counter", evictor.handMoves());
    gauges.put("block_map_num_buckets", (long) memory.settings().chunkMax());
    gauges.put("block_map_num_buckets_in_use", (long) memory.blocks().liveChunks());
    Map<String, Long> workingSet = new LinkedHashMap<>();
    for (int window = 1; window <= WINDOWS; window++) {
      int seconds = window * WINDOW_SECONDS;
      workingSet.put(Integer.toString(seconds), memory.workingSet().blocks(nowSeconds, seconds));
    }
    return new CacheNumbers(gauges, workingSet, requests.requests(), requests.blocks());
  }
}
