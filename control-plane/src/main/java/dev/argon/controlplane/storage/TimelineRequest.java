package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Body of `POST /v1/tenant/{t}/timeline` of a pageserver: a bootstrap or a branch.
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineRequest(
    String newTimelineId,
    int pgVersion,
    @Nullable Bootstrap bootstrap,
    @Nullable String ancestorTimelineId,
    @Nullable String ancestorStartLsn) {

  /// What initdb is told.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Bootstrap(String locale, String superuser, String password) {}
}
