package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;

/// What is in a file that was written.
public record LayerSummary(
    LayerIdentity identity, PageKey firstKey, PageKey lastKey, long versions, long sizeBytes) {}
