package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `GET .../operations`, the newest first.
@Json(naming = Json.Naming.LowerUnderscore)
public record OperationsAnswer(List<OperationDocument> operations) {}
