package dev.argon.controlplane.storage;

import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.Done;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProblemCode;
import dev.argon.node.ProcessStatus;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// Asks one pageserver.
public final class PageserverClient {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /// initdb and the import of its result take some seconds on a busy machine.
  private static final Duration BOOTSTRAP_TIMEOUT = Duration.ofMinutes(3);

  private final HttpJsonClient http;

  public PageserverClient(StorageNode node) {
    http = new HttpJsonClient(node.httpAddress(), TIMEOUT);
  }

  public ProcessStatus status() throws IOException, ApiProblem {
    return http.get("/v1/status", ProcessStatus.class);
  }

  public void attach(TenantId tenant, long generation) throws IOException, ApiProblem {
    http.put(
        "/v1/tenant/" + tenant + "/location_config",
        AttachRequest.attachedSingle(generation),
        Done.class);
  }

  /// Makes a timeline with initdb; takes seconds.
  public TimelineInfo bootstrap(
      TenantId tenant, TimelineId timeline, int pgVersion, TimelineRequest.Bootstrap bootstrap)
      throws IOException, ApiProblem {
    TimelineRequest request =
        new TimelineRequest(timeline.toString(), pgVersion, bootstrap, null, null);
    return http.withTimeout(BOOTSTRAP_TIMEOUT)
        .post("/v1/tenant/" + tenant + "/timeline", request, TimelineInfo.class);
  }

  public TimelineInfo branch(
      TenantId tenant, TimelineId timeline, int pgVersion, TimelineId ancestor, String startLsn)
      throws IOException, ApiProblem {
    TimelineRequest request =
        new TimelineRequest(timeline.toString(), pgVersion, null, ancestor.toString(), startLsn);
    return http.post("/v1/tenant/" + tenant + "/timeline", request, TimelineInfo.class);
  }

  /// Empty if there is no such timeline.
  public Optional<TimelineInfo> timeline(TenantId tenant, TimelineId timeline)
      throws IOException, ApiProblem {
    try {
      return Optional.of(http.get(path(tenant, timeline), TimelineInfo.class));
    } catch (ApiProblem problem) {
      if (problem.code() == ProblemCode.NOT_FOUND) {
        return Optional.empty();
      }
      throw problem;
    }
  }

  /// Also if it is gone already.
  public void deleteTimeline(TenantId tenant, TimelineId timeline) throws IOException, ApiProblem {
    Deletion.tolerantly(() -> http.delete(path(tenant, timeline), Done.class));
  }

  /// Tells it where the timeline's WAL comes from.
  public void setSafekeepers(
      TenantId tenant, TimelineId timeline, MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    http.put(
        path(tenant, timeline) + "/safekeepers",
        ConfigurationDocument.of(configuration),
        Done.class);
  }

  public LsnByTimestamp lsnByTimestamp(TenantId tenant, TimelineId timeline, String timestamp)
      throws IOException, ApiProblem {
    String encoded = URLEncoder.encode(timestamp, StandardCharsets.UTF_8);
    return http.get(
        path(tenant, timeline) + "/get_lsn_by_timestamp?timestamp=" + encoded,
        LsnByTimestamp.class);
  }

  private static String path(TenantId tenant, TimelineId timeline) {
    return "/v1/tenant/" + tenant + "/timeline/" + timeline;
  }
}
