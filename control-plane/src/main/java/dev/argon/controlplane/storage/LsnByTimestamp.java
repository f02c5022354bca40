package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Answer of `get_lsn_by_timestamp`.
///
/// @param kind `present`, `future`, `past` or `nodata`
@Json(naming = Json.Naming.LowerUnderscore)
public record LsnByTimestamp(@Nullable String lsn, @Nullable String kind) {}
