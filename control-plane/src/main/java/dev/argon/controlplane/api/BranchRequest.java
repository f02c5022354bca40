package dev.argon.controlplane.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Body of `POST .../branches`.
@Json(naming = Json.Naming.LowerUnderscore)
public record BranchRequest(Fields branch) {

  public BranchRequest {
    JsonCodec.required(branch, "branch");
  }

  /// @param parentId absent for the project's first branch
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Fields(
      String name,
      @Nullable String parentId,
      @Nullable String parentLsn,
      @Nullable String parentTimestamp) {
    public Fields {
      JsonCodec.required(name, "name");
    }
  }
}
