package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;

/// Body of a safekeeper's `POST .../term_bump`: at least this term.
@Json(naming = Json.Naming.LowerUnderscore)
public record TermBumpRequest(long term) {}
