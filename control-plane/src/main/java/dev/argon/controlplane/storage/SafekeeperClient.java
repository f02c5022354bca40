package dev.argon.controlplane.storage;

import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.Done;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProcessStatus;
import java.io.IOException;
import java.time.Duration;

/// Asks one safekeeper.
public final class SafekeeperClient {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpJsonClient http;

  public SafekeeperClient(StorageNode node) {
    http = new HttpJsonClient(node.httpAddress(), TIMEOUT);
  }

  public ProcessStatus status() throws IOException, ApiProblem {
    return http.get("/v1/status", ProcessStatus.class);
  }

  public void create(TenantId tenant, TimelineId timeline, SafekeeperTimelineRequest request)
      throws IOException, ApiProblem {
    http.post(path(tenant, timeline), request, Done.class);
  }

  public SafekeeperTimelineInfo timeline(TenantId tenant, TimelineId timeline)
      throws IOException, ApiProblem {
    return http.get(path(tenant, timeline), SafekeeperTimelineInfo.class);
  }

  /// Also if it is gone already.
  public void delete(TenantId tenant, TimelineId timeline) throws IOException, ApiProblem {
    Deletion.tolerantly(() -> http.delete(path(tenant, timeline), Done.class));
  }

  private static String path(TenantId tenant, TimelineId timeline) {
    return "/v1/tenant/" + tenant + "/timeline/" + timeline;
  }
}
