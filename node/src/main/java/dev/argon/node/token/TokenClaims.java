package dev.argon.node.token;

import dev.argon.identity.TenantId;
import java.util.Optional;

/// What a valid token says.
///
/// @param expirySeconds since 1970; [Long#MAX_VALUE] if it does not expire
public record TokenClaims(Scope scope, Optional<TenantId> tenant, long expirySeconds) {

  /// Of a token that does not expire.
  public static TokenClaims of(Scope scope) {
    return new TokenClaims(scope, Optional.empty(), Long.MAX_VALUE);
  }

  /// Of one tenant's token that does not expire.
  public static TokenClaims of(TenantId tenant) {
    return new TokenClaims(Scope.TENANT, Optional.of(tenant), Long.MAX_VALUE);
  }

  /// Whether it is about this tenant.
  public boolean isFor(TenantId other) {
    return scope == Scope.TENANT && tenant.equals(Optional.of(other));
  }
}
