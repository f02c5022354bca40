package dev.argon.node.token;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import java.util.Optional;

/// What a valid token says.
///
/// @param timeline with a tenant: good for this one of its timelines only
/// @param expirySeconds since 1970; [Long#MAX_VALUE] if it does not expire
public record TokenClaims(
    Scope scope, Optional<TenantId> tenant, Optional<TimelineId> timeline, long expirySeconds) {

  /// Of a token that does not expire.
  public static TokenClaims of(Scope scope) {
    return new TokenClaims(scope, Optional.empty(), Optional.empty(), Long.MAX_VALUE);
  }

  /// Of one tenant's token that does not expire.
  public static TokenClaims of(TenantId tenant) {
    return new TokenClaims(Scope.TENANT, Optional.of(tenant), Optional.empty(), Long.MAX_VALUE);
  }

  /// Of a compute's token, which is good for one timeline and does not expire.
  public static TokenClaims of(TenantId tenant, TimelineId timeline) {
    return new TokenClaims(
        Scope.TENANT, Optional.of(tenant), Optional.of(timeline), Long.MAX_VALUE);
  }

  /// The same, good until a second since 1970.
  public TokenClaims until(long second) {
    return new TokenClaims(scope, tenant, timeline, second);
  }

  /// Whether it is a tenant's and about this timeline of it.
  ///
  /// @param otherTenant 32 hexadecimal digits, as all of what follows; or anything else, which is
  ///   nobody's
  public boolean isFor(String otherTenant, String otherTimeline) {
    return scope == Scope.TENANT
        && tenant.map(TenantId::toString).equals(Optional.of(otherTenant))
        && (timeline.isEmpty() || timeline.get().toString().equals(otherTimeline));
  }
}
