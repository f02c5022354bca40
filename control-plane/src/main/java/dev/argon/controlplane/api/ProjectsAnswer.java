package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `GET /projects`.
@Json(naming = Json.Naming.LowerUnderscore)
public record ProjectsAnswer(List<ProjectDocument> projects) {}
