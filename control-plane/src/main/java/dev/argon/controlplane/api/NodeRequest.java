package dev.argon.controlplane.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;

/// Body of `PUT /v1/node`.
///
/// @param kind `pageserver` or `safekeeper`
@Json(naming = Json.Naming.LowerUnderscore)
public record NodeRequest(String kind, long nodeId, String pgAddress, String httpAddress) {
  public NodeRequest {
    JsonCodec.required(kind, "kind");
    JsonCodec.required(pgAddress, "pg_address");
    JsonCodec.required(httpAddress, "http_address");
  }
}
