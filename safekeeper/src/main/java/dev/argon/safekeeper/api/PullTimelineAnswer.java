package dev.argon.safekeeper.api;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// What `POST /v1/pull_timeline` answers.
///
/// @param safekeeperHost the base URL of the donor; absent if the timeline was here already
@Json(naming = Json.Naming.LowerUnderscore)
public record PullTimelineAnswer(@Nullable String safekeeperHost) {}
