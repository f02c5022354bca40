package dev.argon.controlplane.api;

import dev.argon.controlplane.metadata.Operation;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// An operation as users see it.
///
/// @param status `running`, `finished` or `failed`
@Json(naming = Json.Naming.LowerUnderscore)
public record OperationDocument(
    String id,
    String projectId,
    @Nullable String branchId,
    @Nullable String endpointId,
    String action,
    String status,
    @Nullable String error,
    String createdAt,
    String updatedAt) {

  static OperationDocument of(Operation operation) {
    return new OperationDocument(
        operation.id(),
        operation.projectId(),
        emptyToNull(operation.branchId()),
        emptyToNull(operation.endpointId()),
        operation.action(),
        operation.status().wireName(),
        emptyToNull(operation.error()),
        operation.createdAt(),
        operation.updatedAt());
  }

  private static @Nullable String emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
