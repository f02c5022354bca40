package dev.argon.controlplane.storage;

import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.Done;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProcessStatus;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Asks one safekeeper.
public final class SafekeeperClient {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /// A copy of a timeline is as large as the WAL that the safekeepers hold.
  private static final Duration PULL_TIMEOUT = Duration.ofMinutes(10);

  private final HttpJsonClient http;

  public SafekeeperClient(StorageNode node, StorageSecurity security) {
    http = new HttpJsonClient(node.httpAddress(), TIMEOUT, security.own());
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

  /// Tells it a configuration of which it is a member.
  ///
  /// @throws ApiProblem CONFLICT if it is under a later one
  public MembershipAnswer membership(
      TenantId tenant, TimelineId timeline, MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    return http.put(
        path(tenant, timeline) + "/membership",
        ConfigurationDocument.of(configuration),
        MembershipAnswer.class);
  }

  /// Has it copy the timeline from others; nothing happens if it has it.
  ///
  /// @param donors base URLs
  public PullAnswer pull(
      TenantId tenant,
      TimelineId timeline,
      List<String> donors,
      MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    return http.withTimeout(PULL_TIMEOUT)
        .post(
            "/v1/pull_timeline",
            new PullRequest(
                tenant.toString(),
                timeline.toString(),
                donors,
                ConfigurationDocument.of(configuration)),
            PullAnswer.class);
  }

  /// Raises its term to at least `term`: it votes in none below any more.
  public TermBumpAnswer bumpTerm(TenantId tenant, TimelineId timeline, long term)
      throws IOException, ApiProblem {
    return http.post(
        path(tenant, timeline) + "/term_bump", new TermBumpRequest(term), TermBumpAnswer.class);
  }

  /// Has it forget the timeline, of which it is no member under this configuration.
  public void exclude(TenantId tenant, TimelineId timeline, MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    Deletion.tolerantly(() ->
        http.put(
            path(tenant, timeline) + "/exclude",
            ConfigurationDocument.of(configuration),
            Done.class));
  }

  private static String path(TenantId tenant, TimelineId timeline) {
    return "/v1/tenant/" + tenant + "/timeline/" + timeline;
  }
}
