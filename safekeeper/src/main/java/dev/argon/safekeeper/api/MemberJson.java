package dev.argon.safekeeper.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;

/// A member of a timeline's configuration.
@Json(naming = Json.Naming.LowerUnderscore)
public record MemberJson(long id, String host, int pgPort) {
  public MemberJson {
    JsonCodec.required(host, "host");
  }
}
