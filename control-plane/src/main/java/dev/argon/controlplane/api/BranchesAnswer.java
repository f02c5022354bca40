package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `GET .../branches`.
@Json(naming = Json.Naming.LowerUnderscore)
public record BranchesAnswer(List<BranchDocument> branches) {}
