package dev.argon.controlplane.api;

import dev.argon.controlplane.metadata.Safekeeper;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A safekeeper and what it is used for.
///
/// @param schedulingPolicy `active`, `draining` or `decommissioned`
/// @param replacementId who takes its place while it is draining; absent for whoever has room
/// @param timelines how many timelines it is a member of
/// @param problem why draining it does not go on; absent if it does
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperDocument(
    long id,
    String pgAddress,
    String httpAddress,
    String schedulingPolicy,
    @Nullable Long replacementId,
    int timelines,
    @Nullable String problem) {

  public static final String ACTIVE = "active";
  public static final String DECOMMISSIONED = "decommissioned";

  static SafekeeperDocument of(Safekeeper safekeeper, String problem) {
    return new SafekeeperDocument(
        safekeeper.id(),
        safekeeper.node().pgAddress().toString(),
        safekeeper.node().httpAddress().toString(),
        safekeeper.policy().wireName(),
        safekeeper.replacementId() == 0 ? null : safekeeper.replacementId(),
        safekeeper.timelines(),
        problem.isEmpty() ? null : problem);
  }
}
