package dev.argon.controlplane.endpoint;

import io.avaje.jsonb.Json;

/// Body of a compute's `POST /configure`.
@Json(naming = Json.Naming.LowerUnderscore)
public record ConfigureRequest(ComputeSpec spec) {}
