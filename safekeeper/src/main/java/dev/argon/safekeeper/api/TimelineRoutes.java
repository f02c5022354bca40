package dev.argon.safekeeper.api;

import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.Timelines.Slot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Creating, describing and listing timelines.
public final class TimelineRoutes {

  private final Timelines timelines;
  private final DiskWork disk;

  private TimelineRoutes(Timelines timelines, DiskWork disk) {
    this.timelines = timelines;
    this.disk = disk;
  }

  public static void addTo(Router router, Timelines timelines, DiskWork disk) {
    TimelineRoutes routes = new TimelineRoutes(timelines, disk);
    router.post("/v1/tenant/timeline", routes::createNamedInBody);
    router.post(Paths.TIMELINE, routes::create);
    router.get(Paths.TIMELINE, routes::describe);
    router.get("/v1/timeline", _ -> routes.list());
  }

  private Response create(Request request) throws Exception {
    return create(Paths.key(request), request.body(TimelineCreateRequest.class));
  }

  private Response createNamedInBody(Request request) throws Exception {
    TimelineCreateRequest body = request.body(TimelineCreateRequest.class);
    return create(Paths.wellFormed(body::key), body);
  }

  private Response create(TimelineKey key, TimelineCreateRequest body) throws Exception {
    ControlState initial = Paths.wellFormed(body::toControlState);
    return disk.run(() -> Response.json(TimelineStatus.of(timelines.create(key, initial))));
  }

  private Response describe(Request request) throws ApiProblem {
    TimelineKey key = Paths.key(request);
    @Nullable Slot slot = timelines.slots().get(key);
    if (slot == null) {
      throw absent(key);
    }
    return Response.json(status(key, slot));
  }

  static ApiProblem absent(TimelineKey key) {
    return new ApiProblem(
        ProblemCode.NOT_FOUND, "timeline " + key + " does not exist on this safekeeper");
  }

  static TimelineStatus status(TimelineKey key, Slot slot) {
    return switch (slot) {
      case Slot.Usable(var timeline) -> TimelineStatus.of(timeline);
      case Slot.Unusable(String reason) -> TimelineStatus.unusable(key, reason);
    };
  }

  private Response list() {
    List<TimelineStatus> all = new ArrayList<>();
    timelines.slots().forEach((key, slot) -> all.add(status(key, slot)));
    return Response.json(new TimelineList(all));
  }
}
