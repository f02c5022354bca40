package dev.argon.safekeeper.api;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.archive.WalArchive;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.Timelines.Slot;
import dev.argon.safekeeper.transfer.PullTimeline;
import dev.argon.safekeeper.transfer.Snapshot;
import io.avaje.jsonb.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Changes of a timeline's membership, its coming to this safekeeper from others and its leaving:
/// pull and snapshot, exclusion, deletion.
public final class MembershipRoutes {

  private static final Duration TRANSFER_DEADLINE = Duration.ofMinutes(10);
  private static final Duration DELETION_DEADLINE = Duration.ofMinutes(5);

  private final NodeId node;
  private final Timelines timelines;
  private final WalArchive archive;
  private final PullTimeline pulling;
  private final DiskWork disk;

  private MembershipRoutes(
      NodeId node, Timelines timelines, WalArchive archive, PullTimeline pulling, DiskWork disk) {
    this.node = node;
    this.timelines = timelines;
    this.archive = archive;
    this.pulling = pulling;
    this.disk = disk;
  }

  public static void addTo(
      Router router,
      NodeId node,
      Timelines timelines,
      WalArchive archive,
      PullTimeline pulling,
      DiskWork disk) {
    MembershipRoutes routes = new MembershipRoutes(node, timelines, archive, pulling, disk);
    router.route("POST", "/v1/pull_timeline", TRANSFER_DEADLINE, routes::pull);
    router.get(Paths.TIMELINE + "/snapshot/{destination}", routes::snapshot);
    router.put(Paths.TIMELINE + "/membership", routes::changeMembership);
    router.post(Paths.TIMELINE + "/term_bump", routes::bumpTerm);
    router.route("PUT", Paths.TIMELINE + "/exclude", DELETION_DEADLINE, routes::exclude);
    router.route("DELETE", Paths.TIMELINE, DELETION_DEADLINE, routes::delete);
    router.route("DELETE", "/v1/tenant/{tenant}", DELETION_DEADLINE, routes::deleteTenant);
  }

  private Response pull(Request request) throws Exception {
    PullTimelineRequest body = request.body(PullTimelineRequest.class);
    TimelineKey key = Paths.wellFormed(body::key);
    @Nullable ConfigurationJson mconf = body.mconf();
    Optional<MembershipConfiguration> membership =
        mconf == null ? Optional.empty() : Optional.of(Paths.wellFormed(mconf::toConfiguration));
    return disk.run(() ->
        Response.json(
            new PullTimelineAnswer(pulling.pull(key, body.httpHosts(), membership).orElse(null))));
  }

  private Response snapshot(Request request) throws Exception {
    Timeline timeline = require(Paths.key(request));
    String destination = "safekeeper " + request.pathParameter("destination");
    return Response.stream("application/x-tar", out -> Snapshot.write(timeline, destination, out));
  }

  private Timeline require(TimelineKey key) throws ApiProblem {
    return switch (timelines.slots().get(key)) {
      case null -> throw TimelineRoutes.absent(key);
      case Slot.Usable(Timeline timeline) -> timeline;
      case Slot.Unusable(String reason) ->
          throw new ApiProblem(
              ProblemCode.CONFLICT, "timeline " + key + " cannot be used: " + reason);
    };
  }

  private Response changeMembership(Request request) throws Exception {
    Timeline timeline = require(Paths.key(request));
    MembershipConfiguration membership =
        Paths.wellFormed(request.body(ConfigurationJson.class)::toConfiguration);
    return disk.run(
        () -> Response.json(MembershipAnswer.of(timeline.changeMembership(membership))));
  }

  /// Body of `term_bump`.
  ///
  /// @param term the term is at least this afterwards; absent: one more than it is
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TermBumpRequest(@Nullable Long term) {}

  /// What `term_bump` answers.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TermBumpAnswer(long previousTerm, long currentTerm) {}

  private Response bumpTerm(Request request) throws Exception {
    Timeline timeline = require(Paths.key(request));
    @Nullable Long term = request.body(TermBumpRequest.class).term();
    Optional<Term> atLeast =
        Paths.wellFormed(() -> term == null ? Optional.empty() : Optional.of(new Term(term)));
    return disk.run(() -> {
      Timeline.TermChange change = timeline.bumpTerm(atLeast);
      return Response.json(new TermBumpAnswer(change.previous().value(), change.current().value()));
    });
  }

  private Response exclude(Request request) throws Exception {
    TimelineKey key = Paths.key(request);
    MembershipConfiguration membership =
        Paths.wellFormed(request.body(ConfigurationJson.class)::toConfiguration);
    if (membership.contains(node)) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          "safekeeper " + node + " is a member in generation " + membership.generation());
    }
    if (timelines.slots().get(key) instanceof Slot.Usable(Timeline timeline)) {
      int present = timeline.state().control().membership().generation();
      if (membership.generation() < present) {
        throw new ApiProblem(
            ProblemCode.CONFLICT,
            "this safekeeper has the membership of generation "
                + present
                + ", the one given is of generation "
                + membership.generation());
      }
    }
    return disk.run(() -> {
      boolean existed = timelines.delete(key, OptionalInt.of(membership.generation()));
      archive.deletePartials(key, node);
      return Response.json(new DeletionAnswer(existed));
    });
  }

  /// Without `only_local=true` for good: its WAL in the object store goes as well.
  private Response delete(Request request) throws Exception {
    TimelineKey key = Paths.key(request);
    boolean onlyLocal = request.queryParameter("only_local").orElse("").equals("true");
    OptionalInt generation =
        Paths.wellFormed(() ->
            request
                .queryParameter("generation")
                .map(text -> OptionalInt.of(Integer.parseInt(text)))
                .orElse(OptionalInt.empty()));
    return disk.run(() -> Response.json(new DeletionAnswer(delete(key, generation, onlyLocal))));
  }

  private boolean delete(TimelineKey key, OptionalInt generation, boolean onlyLocal)
      throws Exception {
    boolean existed = timelines.delete(key, generation);
    if (onlyLocal) {
      archive.deletePartials(key, node);
    } else {
      archive.deleteAll(key);
    }
    return existed;
  }

  private Response deleteTenant(Request request) throws Exception {
    TenantId tenant = Paths.wellFormed(() -> TenantId.parse(request.pathParameter("tenant")));
    List<TimelineKey> keys =
        timelines.slots().keySet().stream().filter(key -> key.tenant().equals(tenant)).toList();
    return disk.run(() -> {
      for (TimelineKey key : keys) {
        delete(key, OptionalInt.empty(), false);
      }
      return Response.json(new DeletionAnswer(!keys.isEmpty()));
    });
  }
}
