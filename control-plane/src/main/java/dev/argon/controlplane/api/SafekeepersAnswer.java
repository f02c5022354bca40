package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `GET /control/v1/safekeeper`.
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeepersAnswer(List<SafekeeperDocument> safekeepers) {}
