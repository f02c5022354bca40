package dev.argon.controlplane.api;

import dev.argon.controlplane.metadata.Project;
import io.avaje.jsonb.Json;

/// A project as users see it.
///
/// @param tenantId ours: what storage calls it
/// @param generation ours: the attachment's
@Json(naming = Json.Naming.LowerUnderscore)
public record ProjectDocument(
    String id, String name, int pgVersion, String tenantId, long generation, String createdAt) {

  static ProjectDocument of(Project project) {
    return new ProjectDocument(
        project.id(),
        project.name(),
        project.pgVersion(),
        project.tenant().toString(),
        project.generation(),
        project.createdAt());
  }
}
