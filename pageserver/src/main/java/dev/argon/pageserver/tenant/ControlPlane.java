package dev.argon.pageserver.tenant;

import dev.argon.identity.TenantId;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The control plane as a pageserver sees it: it issues generations and says which are current.
public final class ControlPlane {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Optional<HttpJsonClient> client;

  /// @param url `http://host:port`; empty if there is none, and every generation counts as current
  public ControlPlane(String url) {
    if (url.isEmpty()) {
      client = Optional.empty();
    } else {
      URI uri = URI.create(url);
      String host = uri.getHost() == null ? "127.0.0.1" : uri.getHost();
      client = Optional.of(new HttpJsonClient(new HostPort(host, uri.getPort()), TIMEOUT));
    }
  }

  /// Whether there is one.
  public boolean isConfigured() {
    return client.isPresent();
  }

  /// A tenant and a generation.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TenantGeneration(String id, long gen) {}

  /// Body of `POST /v1/re-attach`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record ReAttachRequest(long nodeId) {}

  /// Its answer.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record ReAttachResponse(@Nullable List<TenantGeneration> tenants) {}

  /// Body of `POST /v1/validate`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record ValidateRequest(List<TenantGeneration> tenants) {}

  /// Whether a generation is the newest one.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TenantValidity(String id, boolean valid) {}

  /// Its answer.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record ValidateResponse(@Nullable List<TenantValidity> tenants) {}

  /// What is attached to this node, with new generations.
  ///
  /// @throws IOException if the control plane cannot be asked
  public Map<TenantId, Long> reAttach(long nodeId) throws IOException {
    if (client.isEmpty()) {
      return Map.of();
    }
    try {
      ReAttachResponse answer =
          client.get().post("/v1/re-attach", new ReAttachRequest(nodeId), ReAttachResponse.class);
      List<TenantGeneration> tenants = answer.tenants() == null ? List.of() : answer.tenants();
      return tenants.stream()
          .collect(Collectors.toMap(tenant -> TenantId.parse(tenant.id()), TenantGeneration::gen));
    } catch (ApiProblem | IllegalArgumentException e) {
      throw new IOException("the control plane refuses to re-attach: " + e.getMessage(), e);
    }
  }

  /// Whether a generation is current.
  ///
  /// @throws IOException if the control plane cannot be asked
  public boolean isCurrent(TenantId tenant, long generation) throws IOException {
    if (client.isEmpty()) {
      return true;
    }
    try {
      ValidateResponse answer =
          client
              .get()
              .post(
                  "/v1/validate",
                  new ValidateRequest(List.of(new TenantGeneration(tenant.toString(), generation))),
                  ValidateResponse.class);
      List<TenantValidity> tenants = answer.tenants() == null ? List.of() : answer.tenants();
      return tenants.stream().anyMatch(one -> one.id().equals(tenant.toString()) && one.valid());
    } catch (ApiProblem e) {
      throw new IOException("the control plane refuses to validate: " + e.getMessage(), e);
    }
  }
}
