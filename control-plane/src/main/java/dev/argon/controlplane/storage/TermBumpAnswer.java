package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;

/// Answer of a safekeeper's `POST .../term_bump`.
@Json(naming = Json.Naming.LowerUnderscore)
public record TermBumpAnswer(long previousTerm, long currentTerm) {}
