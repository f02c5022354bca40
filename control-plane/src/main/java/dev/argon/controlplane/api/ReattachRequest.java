package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;

/// Body of `POST /v1/re-attach` (Neon's upcall API).
@Json(naming = Json.Naming.LowerUnderscore)
public record ReattachRequest(long nodeId) {}
