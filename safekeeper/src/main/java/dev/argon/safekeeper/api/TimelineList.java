package dev.argon.safekeeper.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// What `GET /v1/timeline` answers.
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineList(List<TimelineStatus> timelines) {}
