package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;

/// Answer of `GET .../connection_uri`.
@Json(naming = Json.Naming.LowerUnderscore)
public record ConnectionUriAnswer(String uri) {}
