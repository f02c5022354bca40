package dev.argon.safekeeper.api;

import io.avaje.jsonb.Json;

/// One entry of a term history.
@Json(naming = Json.Naming.LowerUnderscore)
public record TermEntryJson(long term, String lsn) {}
