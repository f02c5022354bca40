package dev.argon.controlplane.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Body of `POST /projects`.
@Json(naming = Json.Naming.LowerUnderscore)
public record ProjectRequest(Fields project) {

  public ProjectRequest {
    JsonCodec.required(project, "project");
  }

  /// @param pgVersion 0 for the default
  /// @param locale ours: initdb's; absent for the default
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Fields(String name, int pgVersion, @Nullable String locale) {
    public Fields {
      JsonCodec.required(name, "name");
    }
  }
}
