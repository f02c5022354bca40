package dev.argon.controlplane.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Body of `POST` and `PATCH .../endpoints`.
@Json(naming = Json.Naming.LowerUnderscore)
public record EndpointRequest(Fields endpoint) {

  public EndpointRequest {
    JsonCodec.required(endpoint, "endpoint");
  }

  /// @param lsn ours: what a read-only endpoint shows for ever; absent for one that follows the
  ///   branch
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Fields(
      @Nullable String name,
      @Nullable String branchId,
      @Nullable String type,
      @Nullable String lsn,
      EndpointDocument.@Nullable Settings settings) {}
}
