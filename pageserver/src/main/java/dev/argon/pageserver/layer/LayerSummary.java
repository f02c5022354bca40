package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;

/// What is in a file that was written.
///
/// @param cuts how many of the versions are cuts of relations
public record LayerSummary(
    LayerIdentity identity,
    PageKey firstKey,
    PageKey lastKey,
    long versions,
    int cuts,
    long sizeBytes) {}
