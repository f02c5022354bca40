package dev.argon.compute;

import dev.argon.compute.spec.SafekeepersDocument;
import dev.argon.compute.spec.SpecDocument;
import dev.argon.node.ApiProblem;
import dev.argon.node.JsonCodec;
import dev.argon.node.Metrics;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.node.StandardRoutes;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import io.avaje.jsonb.Json;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/// The compute's HTTP routes (names after Neon's compute_ctl).
final class ComputeSurface {

  /// A fast stop may wait for the quorum and is then turned into an immediate one.
  static final Duration TERMINATE_DEADLINE = Duration.ofMinutes(3);

  /// The answer to `/terminate`.
  @Json(naming = Json.Naming.LowerUnderscore)
  record Terminated(String lsn) {}

  private final ComputeState state;
  private final StartTimes times;
  private final Consumer<ComputeEvent> events;
  private final Consumer<MembershipConfiguration> safekeepers;
  private final Reconfiguration reconfiguration;
  private final Metrics autoscaling;

  /// Takes a new spec over.
  @FunctionalInterface
  interface Reconfiguration {
    void apply(SpecDocument document) throws ApiProblem;
  }

  /// The body of `/configure`.
  @Json(naming = Json.Naming.LowerUnderscore)
  record ConfigureRequest(SpecDocument spec) {
    ConfigureRequest {
      JsonCodec.required(spec, "spec");
    }
  }

  /// @param safekeepers gets who keeps the timeline, as often as that is told; may be told what is
  ///   not new
  /// @param autoscaling what `/autoscaling_metrics` shows
  ComputeSurface(
      ComputeState state,
      StartTimes times,
      Consumer<ComputeEvent> events,
      Consumer<MembershipConfiguration> safekeepers,
      Reconfiguration reconfiguration,
      Metrics autoscaling) {
    this.state = state;
    this.times = times;
    this.events = events;
    this.safekeepers = safekeepers;
    this.reconfiguration = reconfiguration;
    this.autoscaling = autoscaling;
  }

  Router router(Metrics metrics, Map<String, String> addresses) {
    Router router = new Router();
    StandardRoutes.addTo(router, () -> state.processStatus(addresses), metrics);
    return router
        .get("/status", request -> Response.json(state.status()))
        .get("/metrics.json", request -> Response.json(times.snapshot()))
        .get("/autoscaling_metrics", request -> autoscaling.scrape())
        .post("/configure", this::configure)
        .post("/notify-safekeepers", this::notifySafekeepers)
        .route("POST", "/terminate", TERMINATE_DEADLINE, this::terminate);
  }

  private Response notifySafekeepers(Request request) throws ApiProblem {
    SafekeepersDocument document = request.body(SafekeepersDocument.class);
    try {
      safekeepers.accept(document.toConfiguration());
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    return Response.done();
  }

  private Response configure(Request request) throws ApiProblem {
    reconfiguration.apply(request.body(ConfigureRequest.class).spec());
    return Response.json(state.status());
  }

  private Response terminate(Request request) throws ApiProblem, InterruptedException {
    String text = request.queryParameter("mode").orElse("fast");
    StopMode mode =
        StopMode.parse(text)
            .orElseThrow(() ->
                new ApiProblem(
                    ProblemCode.BAD_REQUEST, "mode must be fast or immediate, not " + text));
    CompletableFuture<Lsn> answer = new CompletableFuture<>();
    events.accept(new ComputeEvent.StopAsked(mode, answer));
    try {
      return Response.json(new Terminated(answer.get().toString()));
    } catch (ExecutionException e) {
      throw new ApiProblem(ProblemCode.INTERNAL, "the stop failed: " + e.getCause(), e);
    }
  }
}
