package dev.argon.safekeeper.api;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.Timelines.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/// The routes about timelines. Requests run on threads that may be interrupted, files must not be
/// touched by such: all work on disk is done by `disk`.
public final class TimelineRoutes {

  private static final String PATH = "/v1/tenant/{tenant}/timeline/{timeline}";

  private final Timelines timelines;
  private final ExecutorService disk;

  private TimelineRoutes(Timelines timelines, ExecutorService disk) {
    this.timelines = timelines;
    this.disk = disk;
  }

  public static void addTo(Router router, Timelines timelines, ExecutorService disk) {
    TimelineRoutes routes = new TimelineRoutes(timelines, disk);
    router.post(PATH, routes::create);
    router.get(PATH, routes::describe);
    router.delete(PATH, routes::delete);
    router.get("/v1/timeline", _ -> routes.list());
  }

  private static TimelineKey key(Request request) throws ApiProblem {
    try {
      return new TimelineKey(
          TenantId.parse(request.pathParameter("tenant")),
          TimelineId.parse(request.pathParameter("timeline")));
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  private Response create(Request request) throws Exception {
    TimelineKey key = key(request);
    ControlState initial;
    try {
      initial = request.body(TimelineCreateRequest.class).toControlState();
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    return onDisk(() -> Response.json(TimelineStatus.of(timelines.create(key, initial).state())));
  }

  private Response onDisk(Callable<Response> work) throws Exception {
    try {
      return disk.submit(work).get();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case RefusedException refused ->
            new ApiProblem(ProblemCode.CONFLICT, refused.reason(), refused);
        case ApiProblem problem -> problem;
        case CorruptDataException bad ->
            new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(bad.getMessage()), bad);
        case null, default -> e;
      };
    }
  }

  private Response describe(Request request) throws ApiProblem {
    TimelineKey key = key(request);
    @Nullable Slot slot = timelines.slots().get(key);
    if (slot == null) {
      throw new ApiProblem(
          ProblemCode.NOT_FOUND, "timeline " + key + " does not exist on this safekeeper");
    }
    return Response.json(status(key, slot));
  }

  private static TimelineStatus status(TimelineKey key, Slot slot) {
    return switch (slot) {
      case Slot.Usable(var timeline) -> TimelineStatus.of(timeline.state());
      case Slot.Unusable(String reason) -> TimelineStatus.unusable(key, reason);
    };
  }

  private Response delete(Request request) throws Exception {
    TimelineKey key = key(request);
    return onDisk(() -> {
      if (!timelines.delete(key)) {
        throw new ApiProblem(
            ProblemCode.NOT_FOUND, "timeline " + key + " does not exist on this safekeeper");
      }
      return Response.done();
    });
  }

  private Response list() {
    List<TimelineStatus> all = new ArrayList<>();
    timelines.slots().forEach((key, slot) -> all.add(status(key, slot)));
    return Response.json(new TimelineList(all));
  }
}
