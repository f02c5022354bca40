package dev.argon.compute.memory;

/// What PostgreSQL's processes counted since the start.
///
/// @param hits reads of blocks that were in the file
/// @param misses reads that had to wait for a page
/// @param waits those of them that waited for somebody else's request
/// @param readAheadBlocks blocks asked for ahead of their reader
/// @param writes blocks written
/// @param extensions blocks added to relations
/// @param waitMicros time spent waiting for pages, summed over all processes
/// @param residentBlocks blocks of permanent relations in the files now
/// @param zeroPageErrors blocks that were empty and should not have been; must stay 0
/// @param mapImages free space and visibility map pages logged at their write
/// @param orderedImages images logged on the evictor's order or before a stop
/// @param skippedImages images that could not be logged
/// @param throttleMicros time that writers waited for lag to become less
/// @param throttledNow how many wait for that now
/// @param cancelsHeld cancels that came during the wait for the quorum
/// @param truncatesRepeated truncation records logged once more
/// @param comparisons what compare mode did
public record ServerCounters(
    long hits,
    long misses,
    long waits,
    long readAheadBlocks,
    long writes,
    long extensions,
    long waitMicros,
    long residentBlocks,
    long zeroPageErrors,
    long mapImages,
    long orderedImages,
    long skippedImages,
    long throttleMicros,
    long throttledNow,
    long cancelsHeld,
    long truncatesRepeated,
    Comparisons comparisons) {

  /// Reads in compare mode `all`.
  ///
  /// @param asked that asked for a comparison
  /// @param freeSpaceMaps left out: free space maps
  /// @param maps left out: visibility map pages whose newest bytes are not in WAL
  /// @param sharedCatalogs left out: pages of shared catalogs that were written here
  /// @param direct left out: reads around the buffer pool
  /// @param inReplay left out, of a replica: written while a record was applied that is not over
  public record Comparisons(
      long asked, long freeSpaceMaps, long maps, long sharedCatalogs, long direct, long inReplay) {}
}
