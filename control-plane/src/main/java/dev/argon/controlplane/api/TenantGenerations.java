package dev.argon.controlplane.api;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `/v1/re-attach` and body of `/v1/validate`: tenants and generations.
@Json(naming = Json.Naming.LowerUnderscore)
public record TenantGenerations(List<Tenant> tenants) {
  public TenantGenerations {
    JsonCodec.required(tenants, "tenants");
  }

  /// @param id the tenant id
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Tenant(String id, long gen) {
    public Tenant {
      JsonCodec.required(id, "id");
    }
  }
}
