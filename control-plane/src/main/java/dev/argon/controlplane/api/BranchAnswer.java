package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer about one branch.
@Json(naming = Json.Naming.LowerUnderscore)
public record BranchAnswer(BranchDocument branch, List<OperationDocument> operations) {}
