package dev.argon.controlplane;

import dev.argon.controlplane.storage.ConfigurationDocument;
import dev.argon.controlplane.storage.LogPosition;
import dev.argon.controlplane.storage.SafekeeperTimelineRequest;
import dev.argon.controlplane.storage.TimelineRequest;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ManagementServer;
import dev.argon.node.ProblemCode;
import dev.argon.node.ProcessStatus;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// A pageserver and some safekeepers that answer as `docs/interfaces.md` says and keep in memory
/// what they were told.
final class FakeStorage implements AutoCloseable {

  static final String BOOTSTRAP_END = "0/1509D10";
  static final String SYSTEM_ID = "7300000000000000001";

  /// What the pageserver holds: timeline to the LSN it branched at, or the end of its bootstrap.
  final Map<String, String> timelines = new ConcurrentHashMap<>();

  final Map<String, String> ancestors = new ConcurrentHashMap<>();

  /// The first has number 1.
  final List<FakeSafekeeper> safekeepers = new ArrayList<>();

  /// What the pageserver was told of its timelines' safekeepers, last.
  final Map<String, ConfigurationDocument> sources = new ConcurrentHashMap<>();

  /// How far the WAL goes that the pageserver says to have.
  private volatile String flushLsn = "0/2000000";

  /// How many requests to make a safekeeper's timeline fail first.
  final AtomicInteger safekeeperFailures = new AtomicInteger();

  final List<Long> generations = new CopyOnWriteArrayList<>();
  final List<String> passwords = new CopyOnWriteArrayList<>();

  private final ManagementServer pageserver;
  private final Map<String, FakeSafekeeper> byUrl = new ConcurrentHashMap<>();

  FakeStorage() throws IOException {
    pageserver = ManagementServer.start(new HostPort("127.0.0.1", 0), pageserverRoutes());
    for (int i = 0; i < 3; i++) {
      addSafekeeper();
    }
  }

  /// One more.
  FakeSafekeeper addSafekeeper() throws IOException {
    FakeSafekeeper safekeeper = new FakeSafekeeper(safekeepers.size() + 1, byUrl);
    safekeeper.script = new FailFirst(safekeeper);
    safekeepers.add(safekeeper);
    return safekeeper;
  }

  /// Lets requests to make a timeline fail as long as they shall, and logs end where they shall.
  private final class FailFirst implements FakeSafekeeper.Script {
    private final FakeSafekeeper safekeeper;

    FailFirst(FakeSafekeeper safekeeper) {
      this.safekeeper = safekeeper;
    }

    @Override
    public void before(String request) throws ApiProblem {
      boolean fails =
          request.endsWith("create")
              && safekeeperFailures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
      if (fails) {
        throw new ApiProblem(ProblemCode.UNAVAILABLE, "not now");
      }
    }

    @Override
    public void after(String request) {
      if (request.endsWith("create")) {
        written(safekeeper);
      }
    }
  }

  /// The log of every safekeeper ends here.
  void flushLsn(String lsn) {
    flushLsn = lsn;
    safekeepers.forEach(this::written);
  }

  private void written(FakeSafekeeper safekeeper) {
    LogPosition end = new LogPosition(3, Lsn.parse(flushLsn));
    safekeeper.copies.replaceAll((_, copy) -> copy.at(end));
  }

  HostPort pageserverAddress() {
    return pageserver.address();
  }

  HostPort safekeeperAddress(int index) {
    return safekeepers.get(index).address();
  }

  /// What a safekeeper was told of a timeline.
  SafekeeperTimelineRequest told(int index, String timeline) {
    return Objects.requireNonNull(safekeepers.get(index).begun.get(timeline), timeline);
  }

  void killSafekeeper(int index) {
    safekeepers.get(index).close();
  }

  private Router pageserverRoutes() {
    return new Router()
        .get("/v1/status", request -> status("pageserver"))
        .put("/v1/tenant/{t}/location_config", this::attach)
        .post("/v1/tenant/{t}/timeline", this::createTimeline)
        .get("/v1/tenant/{t}/timeline/{tl}", this::timeline)
        .delete("/v1/tenant/{t}/timeline/{tl}", this::deleteTimeline)
        .put("/v1/tenant/{t}/timeline/{tl}/safekeepers", this::setSource)
        .get("/v1/tenant/{t}/timeline/{tl}/get_lsn_by_timestamp", this::byTimestamp);
  }

  private Response setSource(Request request) throws ApiProblem {
    sources.put(request.pathParameter("tl"), request.body(ConfigurationDocument.class));
    return Response.done();
  }

  private static Response json(String text) {
    return new Response(200, "application/json", text.getBytes(StandardCharsets.UTF_8));
  }

  private static Response status(String kind) {
    return Response.json(
        new ProcessStatus(kind, kind, 1, Map.of(), "/d", "ok", List.of(), List.of()));
  }

  private Response attach(Request request) {
    String body = new String(request.body(), StandardCharsets.UTF_8);
    generations.add(Long.parseLong(body.replaceAll(".*\"generation\":(\\d+).*", "$1")));
    return Response.done();
  }

  private Response createTimeline(Request request) throws ApiProblem {
    TimelineRequest body = request.body(TimelineRequest.class);
    String ancestor = body.ancestorTimelineId();
    TimelineRequest.Bootstrap bootstrap = body.bootstrap();
    if (bootstrap != null) {
      passwords.add(bootstrap.password());
      timelines.put(body.newTimelineId(), BOOTSTRAP_END);
    } else if (ancestor != null) {
      String requested = String.valueOf(body.ancestorStartLsn());
      if (requested.equals("0/1")) {
        throw new ApiProblem(ProblemCode.OUT_OF_RANGE, "0/1 is no longer kept");
      }
      // Records of the fake end at multiples of 16.
      timelines.put(body.newTimelineId(), requested.replaceFirst(".$", "0"));
      ancestors.put(body.newTimelineId(), ancestor);
    }
    return info(body.newTimelineId());
  }

  private Response info(String timeline) {
    String lsn = timelines.get(timeline);
    String ancestor = ancestors.get(timeline);
    return json(
        "{\"timeline_id\":\""
            + timeline
            + "\","
            + (ancestor == null
                ? ""
                : "\"ancestor_timeline_id\":\"" + ancestor + "\",\"ancestor_lsn\":\"" + lsn + "\",")
            + "\"last_record_lsn\":\""
            + (ancestor == null ? lsn : flushLsn)
            + "\","
            + "\"system_id\":\""
            + SYSTEM_ID
            + "\"}");
  }

  private Response timeline(Request request) throws ApiProblem {
    String timeline = request.pathParameter("tl");
    if (!timelines.containsKey(timeline)) {
      throw new ApiProblem(ProblemCode.NOT_FOUND, "no timeline " + timeline);
    }
    return json("{\"timeline_id\":\"" + timeline + "\",\"last_record_lsn\":\"" + flushLsn + "\"}");
  }

  private Response deleteTimeline(Request request) throws ApiProblem {
    String timeline = request.pathParameter("tl");
    if (timelines.remove(timeline) == null) {
      throw new ApiProblem(ProblemCode.NOT_FOUND, "no timeline " + timeline);
    }
    return Response.done();
  }

  private Response byTimestamp(Request request) throws ApiProblem {
    String timestamp = request.requiredQueryParameter("timestamp");
    return timestamp.startsWith("2001")
        ? json("{\"lsn\":\"0/0\",\"kind\":\"past\"}")
        : json("{\"lsn\":\"0/1800000\",\"kind\":\"present\"}");
  }

  @Override
  public void close() {
    pageserver.close();
    safekeepers.forEach(FakeSafekeeper::close);
  }
}
