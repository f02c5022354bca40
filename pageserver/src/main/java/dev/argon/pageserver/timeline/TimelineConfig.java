package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.ChunkPool;

/// What all timelines of a process share, and their limits.
///
/// @param openLayerBytesMax an open layer of this size is frozen
/// @param deltaFileBytes where a merge ends a file, at the next key
/// @param runsPerMerge so many runs of a level become one of the next
/// @param mergeBytesMax runs that are larger together stay as they are
/// @param chainRecordsMax a page with more records in a merge gets an image
/// @param chainBytesMax as do pages with longer ones
public record TimelineConfig(
    ReadContext reads,
    ChunkPool chunks,
    MemoryBudget budget,
    long openLayerBytesMax,
    long deltaFileBytes,
    int runsPerMerge,
    long mergeBytesMax,
    int chainRecordsMax,
    long chainBytesMax) {}
