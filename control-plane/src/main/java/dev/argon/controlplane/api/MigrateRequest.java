package dev.argon.controlplane.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.util.List;

/// Body of `POST .../safekeeper_migrate`.
///
/// @param newSkSet the ids of the safekeepers that shall keep the timeline
@Json(naming = Json.Naming.LowerUnderscore)
public record MigrateRequest(List<Long> newSkSet) {
  public MigrateRequest {
    JsonCodec.required(newSkSet, "new_sk_set");
  }
}
