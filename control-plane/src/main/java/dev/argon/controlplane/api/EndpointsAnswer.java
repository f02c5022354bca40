package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `GET .../endpoints`.
@Json(naming = Json.Naming.LowerUnderscore)
public record EndpointsAnswer(List<EndpointDocument> endpoints) {}
