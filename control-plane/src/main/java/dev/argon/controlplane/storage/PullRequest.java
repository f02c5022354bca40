package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;
import java.util.List;

/// Body of a safekeeper's `POST /v1/pull_timeline`.
///
/// @param httpHosts base URLs of safekeepers that hold the timeline
/// @param mconf the configuration under which the copy begins; the asked one is in it
@Json(naming = Json.Naming.LowerUnderscore)
public record PullRequest(
    String tenantId, String timelineId, List<String> httpHosts, ConfigurationDocument mconf) {}
