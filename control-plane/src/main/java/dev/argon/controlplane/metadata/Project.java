package dev.argon.controlplane.metadata;

import dev.argon.identity.TenantId;

/// A project: what users see of a tenant.
///
/// @param generation the generation under which its pageserver is attached
/// @param owner the login of its branches
public record Project(
    String id,
    String name,
    TenantId tenant,
    long generation,
    long pageserverId,
    int pgVersion,
    String locale,
    Login owner,
    LifeState state,
    String createdAt) {

  /// A role of PostgreSQL and its password.
  public record Login(String user, String password) {
    @Override
    public String toString() {
      return user;
    }
  }
}
