package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer about one project.
@Json(naming = Json.Naming.LowerUnderscore)
public record ProjectAnswer(
    ProjectDocument project, List<BranchDocument> branches, List<OperationDocument> operations) {}
