package dev.argon.controlplane.api;

import dev.argon.controlplane.endpoint.Endpoints;
import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.node.HostPort;
import io.avaje.jsonb.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An endpoint as users see it.
///
/// @param type `read_write` or `read_only`
/// @param currentState `init` (starting), `active` or `idle`
/// @param port ours: PostgreSQL's port
/// @param httpAddress ours: the compute's management surface
/// @param lsn ours: what a read-only one shows for ever; absent if it follows the branch
/// @param wanted ours: whether it shall run
/// @param lastError ours: why it does not, or absent
@Json(naming = Json.Naming.LowerUnderscore)
public record EndpointDocument(
    String id,
    String name,
    String projectId,
    String branchId,
    String host,
    int port,
    String httpAddress,
    String type,
    @Nullable String lsn,
    String currentState,
    boolean wanted,
    @Nullable String lastError,
    Settings settings,
    String createdAt,
    String updatedAt) {

  /// @param pgSettings PostgreSQL settings by name
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Settings(@Nullable Map<String, String> pgSettings) {}

  static EndpointDocument of(Endpoint endpoint, Endpoints endpoints) {
    String error = endpoints.lastError(endpoint);
    return new EndpointDocument(
        endpoint.id(),
        endpoint.name(),
        endpoint.projectId(),
        endpoint.branchId(),
        endpoints.host(),
        endpoint.pgPort(),
        new HostPort(endpoints.host(), endpoint.httpPort()).toString(),
        endpoint.type().wireName(),
        endpoint.staticLsn().isEmpty() ? null : endpoint.staticLsn(),
        endpoints.state(endpoint).wireName(),
        endpoint.wanted(),
        error.isEmpty() ? null : error,
        new Settings(endpoint.settings()),
        endpoint.createdAt(),
        endpoint.updatedAt());
  }
}
