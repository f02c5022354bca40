package dev.argon.safekeeper.api;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.JsonCodec;
import dev.argon.safekeeper.TimelineKey;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Body of `POST /v1/pull_timeline`.
///
/// @param httpHosts base URLs of the safekeepers that may have it
/// @param mconf what holds from now on; absent: what the donor has
@Json(naming = Json.Naming.LowerUnderscore)
public record PullTimelineRequest(
    String tenantId, String timelineId, List<String> httpHosts, @Nullable ConfigurationJson mconf) {

  public PullTimelineRequest {
    JsonCodec.required(tenantId, "tenant_id");
    JsonCodec.required(timelineId, "timeline_id");
    httpHosts = List.copyOf(JsonCodec.required(httpHosts, "http_hosts"));
  }

  /// @throws IllegalArgumentException if the ids are none
  TimelineKey key() {
    return new TimelineKey(TenantId.parse(tenantId), TimelineId.parse(timelineId));
  }
}
