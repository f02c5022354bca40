package dev.argon.pageserver.timeline;

import java.util.function.Supplier;

/// What all reads of a process share.
///
/// @param redoFactory makes a [PageRedo] for one thread
public record ReadContext(
    PageCache cache, ReadStatistics statistics, Supplier<PageRedo> redoFactory) {}
