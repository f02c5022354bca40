package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;

/// Body of `PUT /control/v1/safekeeper/{id}/drain`.
///
/// @param replacementId who takes its place; 0 or absent for those with the fewest timelines
@Json(naming = Json.Naming.LowerUnderscore)
public record DrainRequest(long replacementId) {}
