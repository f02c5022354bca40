package dev.argon.compute;

import dev.argon.node.ApiProblem;
import dev.argon.node.Metrics;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.node.StandardRoutes;
import dev.argon.postgres.Lsn;
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

  ComputeSurface(ComputeState state, StartTimes times, Consumer<ComputeEvent> events) {
    this.state = state;
    this.times = times;
    this.events = events;
  }

  Router router(Metrics metrics, Map<String, String> addresses) {
    Router router = new Router();
    StandardRoutes.addTo(router, () -> state.processStatus(addresses), metrics);
    return router
        .get("/status", request -> Response.json(state.status()))
        .get("/metrics.json", request -> Response.json(times.snapshot()))
        .route("POST", "/terminate", TERMINATE_DEADLINE, this::terminate);
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
