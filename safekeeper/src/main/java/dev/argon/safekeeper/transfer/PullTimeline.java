package dev.argon.safekeeper.transfer;

import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ClientSecurity;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timelines;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The receiver's side: fetches a timeline from the best of several safekeepers. Not for threads
/// that may be interrupted.
public final class PullTimeline {

  private static final System.Logger LOGGER = System.getLogger(PullTimeline.class.getName());
  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SNAPSHOT_TIMEOUT = Duration.ofMinutes(10);

  private final NodeId node;
  private final Timelines timelines;
  private final ClientSecurity security;

  public PullTimeline(NodeId node, Timelines timelines, ClientSecurity security) {
    this.node = node;
    this.timelines = timelines;
    this.security = security;
  }

  private record Donor(String url, HttpJsonClient http, DonorStatus status) {}

  /// Fetches the timeline, unless it is here.
  ///
  /// @param hosts base URLs of safekeepers' HTTP surfaces
  /// @param membership what holds for the timeline from now on; empty: the donor's
  /// @return the URL of the donor; empty if the timeline was here already
  /// @throws ApiProblem if no donor can be had, or the timeline must not come here
  /// @throws IOException if the snapshot broke off; nothing is left of it
  /// @throws CorruptDataException if it is not what it should be; nothing is left of it
  public Optional<String> pull(
      TimelineKey key, List<String> hosts, Optional<MembershipConfiguration> membership)
      throws IOException, ApiProblem, CorruptDataException {
    if (timelines.slots().get(key) instanceof Timelines.Slot.Usable) {
      return Optional.empty();
    }
    if (membership.isPresent()) {
      requireMember(membership.get());
      try {
        timelines.refuseBuried(key, membership.get().generation());
      } catch (RefusedException e) {
        throw new ApiProblem(ProblemCode.CONFLICT, e.reason(), e);
      }
    }
    Donor donor = bestDonor(key, hosts);
    LOGGER.log(Level.INFO, "timeline {0}: pulling from {1}", key, donor.url());
    Path gathered = timelines.incomingDirectory(key);
    try {
      donor
          .http()
          .withTimeout(SNAPSHOT_TIMEOUT)
          .getStream(
              path(key) + "/snapshot/" + node,
              body -> new SnapshotReceiver(node, key, gathered).receive(body, membership));
      timelines.install(key, gathered);
    } catch (RefusedException e) {
      throw new ApiProblem(ProblemCode.CONFLICT, e.reason(), e);
    } finally {
      timelines.discardIncoming(gathered);
    }
    return Optional.of(donor.url());
  }

  private void requireMember(MembershipConfiguration membership) throws ApiProblem {
    if (!membership.contains(node)) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          "safekeeper " + node + " is no member in generation " + membership.generation());
    }
  }

  private static String path(TimelineKey key) {
    return "/v1/tenant/" + key.tenant() + "/timeline/" + key.timeline();
  }

  private Donor bestDonor(TimelineKey key, List<String> hosts) throws ApiProblem {
    Optional<Donor> best = Optional.empty();
    int answered = 0;
    StringBuilder failures = new StringBuilder();
    for (String host : hosts) {
      HttpJsonClient http = client(host);
      try {
        Donor donor = new Donor(host, http, http.get(path(key), DonorStatus.class));
        if (!donor.status().isUsable()) {
          failures.append("; ").append(host).append(": ").append(donor.status().state());
          continue;
        }
        answered++;
        if (best.isEmpty() || DonorStatus.ORDER.compare(best.get().status(), donor.status()) < 0) {
          best = Optional.of(donor);
        }
      } catch (IOException | ApiProblem | IllegalArgumentException e) {
        failures.append("; ").append(host).append(": ").append(e.getMessage());
      }
    }
    // One may be dead; of two or more dead ones one could have had what nobody else has.
    if (best.isEmpty() || answered < Math.max(hosts.size() - 1, 1)) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE,
          "only "
              + answered
              + " of "
              + hosts.size()
              + " safekeepers tell of the timeline"
              + failures);
    }
    return best.get();
  }

  private HttpJsonClient client(String url) throws ApiProblem {
    try {
      URI uri = URI.create(url);
      boolean isHttps = "https".equals(uri.getScheme());
      if (uri.getHost() == null
          || uri.getPort() < 0
          || !(isHttps || "http".equals(uri.getScheme()))) {
        throw new IllegalArgumentException("no scheme, host or port");
      }
      if (isHttps && security.tls().isEmpty()) {
        throw new IllegalArgumentException("this safekeeper is not set up for TLS");
      }
      ClientSecurity own =
          isHttps ? security : new ClientSecurity(security.token(), Optional.empty());
      return new HttpJsonClient(new HostPort(uri.getHost(), uri.getPort()), STATUS_TIMEOUT, own);
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "not a base URL: " + url + ": " + e.getMessage(), e);
    }
  }
}
