package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `/v1/validate`; a tenant that is not there is not valid.
@Json(naming = Json.Naming.LowerUnderscore)
public record TenantValidity(List<Tenant> tenants) {

  /// @param valid whether no newer generation was issued
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Tenant(String id, boolean valid) {}
}
