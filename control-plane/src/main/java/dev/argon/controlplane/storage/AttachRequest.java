package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;

/// Body of `PUT /v1/tenant/{t}/location_config`.
@Json(naming = Json.Naming.LowerUnderscore)
public record AttachRequest(String mode, long generation) {

  static AttachRequest attachedSingle(long generation) {
    return new AttachRequest("AttachedSingle", generation);
  }
}
