package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Answer of a safekeeper's `POST /v1/pull_timeline`.
///
/// @param safekeeperHost from whom the timeline was copied; absent if it was here already
@Json(naming = Json.Naming.LowerUnderscore)
public record PullAnswer(@Nullable String safekeeperHost) {}
