package dev.argon.pageserver.service;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.Handler;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.pageserver.ingest.IngestLoop;
import dev.argon.pageserver.tenant.Tenants;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.TimelineKeeper;
import dev.argon.pageservice.PageKey;
import dev.argon.pageservice.PageResponse;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The routes of the management surface; see `docs/interfaces.md`.
public final class PageserverRoutes {

  private static final String TENANT = "/v1/tenant/{tenant}";
  private static final String TIMELINES = TENANT + "/timeline";
  private static final String TIMELINE = TIMELINES + "/{timeline}";
  private static final Duration CREATE_DEADLINE = Duration.ofMinutes(3);
  private static final Duration CHECKPOINT_DEADLINE = Duration.ofMinutes(5);
  private static final long PAGE_WAIT_MILLIS = 10_000;

  private final Tenants tenants;

  public PageserverRoutes(Tenants tenants) {
    this.tenants = tenants;
  }

  public void addTo(Router router) {
    router.put(TENANT + "/location_config", this::locationConfig);
    router.route("POST", TIMELINES, CREATE_DEADLINE, this::create);
    router.get(TIMELINES, this::list);
    router.get(TIMELINE, request -> Response.json(info(tenant(request), timeline(request))));
    router.delete(TIMELINE, this::delete);
    router.put(TIMELINE + "/safekeepers", this::safekeepers);
    router.get(TIMELINE + "/get_lsn_by_timestamp", this::lsnByTimestamp);
    router.get(
        TIMELINE + "/layer",
        request -> Response.json(new TimelineMessages.Layers(timeline(request).layerList())));
    router.get(TIMELINE + "/page", corruptionAsProblem(this::page));
    router.route("POST", TIMELINE + "/checkpoint", CHECKPOINT_DEADLINE, this::checkpoint);
    router.put(TIMELINE + "/ingest_delay", this::ingestDelay);
  }

  private static Handler corruptionAsProblem(Handler handler) {
    return request -> {
      try {
        return handler.handle(request);
      } catch (CorruptDataException e) {
        throw new ApiProblem(ProblemCode.INTERNAL, String.valueOf(e.getMessage()), e);
      }
    };
  }

  private static TenantId tenant(Request request) throws ApiProblem {
    try {
      return TenantId.parse(request.pathParameter("tenant"));
    } catch (IllegalArgumentException e) {
      throw bad(e);
    }
  }

  private static TimelineId timelineId(String text) throws ApiProblem {
    try {
      return TimelineId.parse(text);
    } catch (IllegalArgumentException e) {
      throw bad(e);
    }
  }

  private static ApiProblem bad(Exception e) {
    return new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
  }

  private Timeline timeline(Request request) throws ApiProblem {
    return tenants.timeline(tenant(request), timelineId(request.pathParameter("timeline")));
  }

  private static Lsn lsn(String text) throws ApiProblem {
    try {
      return Lsn.parse(text);
    } catch (IllegalArgumentException e) {
      throw bad(e);
    }
  }

  private Response locationConfig(Request request) throws IOException, ApiProblem {
    TimelineMessages.LocationConfig config = request.body(TimelineMessages.LocationConfig.class);
    String mode = config.mode() == null ? "AttachedSingle" : config.mode();
    if (!mode.equals("AttachedSingle")) {
      throw new ApiProblem(
          ProblemCode.REFUSED, "mode " + mode + " is not supported, only AttachedSingle");
    }
    tenants.attach(tenant(request), config.generation());
    return Response.done();
  }

  private static String required(@Nullable String value, String field) throws ApiProblem {
    if (value == null) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, "the field " + field + " is missing");
    }
    return value;
  }

  private Response create(Request request)
      throws IOException, ApiProblem, InterruptedException, CorruptDataException {
    TimelineMessages.CreateRequest body = request.body(TimelineMessages.CreateRequest.class);
    TenantId tenant = tenant(request);
    TimelineId id = timelineId(required(body.newTimelineId(), "new_timeline_id"));
    if (body.pgVersion() != 0 && body.pgVersion() != 15) {
      throw new ApiProblem(
          ProblemCode.REFUSED, "PostgreSQL " + body.pgVersion() + " is not supported, only 15");
    }
    TimelineMessages.BootstrapRequest bootstrap = body.bootstrap();
    if (bootstrap != null) {
      Timeline made =
          tenants.bootstrap(
              tenant,
              id,
              bootstrap.locale() == null ? "C.UTF-8" : bootstrap.locale(),
              required(bootstrap.superuser(), "bootstrap.superuser"),
              required(bootstrap.password(), "bootstrap.password"));
      return Response.json(201, created(made, null));
    }
    TimelineId ancestorId = timelineId(required(body.ancestorTimelineId(), "ancestor_timeline_id"));
    Optional<Lsn> requested = Optional.empty();
    if (body.ancestorStartLsn() != null) {
      requested = Optional.of(lsn(body.ancestorStartLsn()));
    } else if (body.ancestorTimestamp() != null) {
      requested =
          Optional.of(byTimestamp(tenants.timeline(tenant, ancestorId), body.ancestorTimestamp()));
    }
    Timeline made = tenants.branch(tenant, id, ancestorId, requested);
    return Response.json(201, created(made, requested.map(Lsn::toString).orElse(null)));
  }

  private static Lsn byTimestamp(Timeline ancestor, String timestamp)
      throws IOException, CorruptDataException, ApiProblem {
    LsnByTimestamp.Found found = LsnByTimestamp.find(ancestor, instant(timestamp));
    if (found.kind() == LsnByTimestamp.Kind.PAST) {
      throw new ApiProblem(
          ProblemCode.OUT_OF_RANGE, timestamp + " is before the first commit that is kept");
    }
    return new Lsn(found.lsn());
  }

  private static Instant instant(String text) throws ApiProblem {
    try {
      return java.time.OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "not a time (like 2026-01-31T12:00:00Z): " + text, e);
    }
  }

  private static TimelineMessages.Created created(Timeline made, @Nullable String requestedLsn) {
    var branching = made.origin().branching();
    return new TimelineMessages.Created(
        made.id().toString(),
        branching.map(b -> b.ancestor().id().toString()).orElse(null),
        branching.map(b -> Lsn.toString(b.lsn())).orElse(null),
        requestedLsn,
        Lsn.toString(made.lastRecordLsn()),
        Long.toUnsignedString(made.origin().systemId()),
        made.origin().pgVersion());
  }

  private Response list(Request request) throws ApiProblem, IOException, CorruptDataException {
    TenantId tenant = tenant(request);
    List<TimelineMessages.TimelineInfo> all = new ArrayList<>();
    for (Timeline timeline : tenants.timelines(tenant)) {
      all.add(info(tenant, timeline));
    }
    return Response.json(all);
  }

  private TimelineMessages.TimelineInfo info(TenantId tenant, Timeline timeline)
      throws ApiProblem, IOException, CorruptDataException {
    IngestLoop ingest = tenants.ingest(tenant, timeline.id());
    long last = timeline.lastRecordLsn();
    List<String> reasons = new ArrayList<>();
    timeline.storingProblem().ifPresent(reasons::add);
    ingest.problem().ifPresent(reasons::add);
    long size;
    try (ReadSession session = timeline.read()) {
      size = new RelationReader(session, last).logicalSize();
    }
    long previousEnd = timeline.recordEndingAt(last).previousEndLsn();
    WalLayout layout = WalLayout.v15(timeline.origin().systemId());
    var branching = timeline.origin().branching();
    return new TimelineMessages.TimelineInfo(
        tenant.toString(),
        timeline.id().toString(),
        branching.map(b -> b.ancestor().id().toString()).orElse(null),
        branching.map(b -> Lsn.toString(b.lsn())).orElse(null),
        Lsn.toString(timeline.firstLsn()),
        Lsn.toString(last),
        Lsn.toString(previousEnd == 0 ? 0 : layout.firstRecordLsn(previousEnd)),
        Lsn.toString(timeline.diskConsistentLsn()),
        Lsn.toString(timeline.remoteConsistentLsn()),
        size,
        timeline.origin().pgVersion(),
        Long.toUnsignedString(timeline.origin().systemId()),
        timeline.term(),
        ingest.sourceName(),
        reasons.isEmpty() ? "active" : "degraded",
        reasons);
  }

  private Response delete(Request request) throws IOException, ApiProblem {
    tenants.delete(tenant(request), timelineId(request.pathParameter("timeline")));
    return Response.done();
  }

  private Response safekeepers(Request request) throws IOException, ApiProblem {
    tenants.safekeepers(
        tenant(request),
        timelineId(request.pathParameter("timeline")),
        request.body(Membership.class));
    return Response.done();
  }

  private Response lsnByTimestamp(Request request)
      throws IOException, ApiProblem, CorruptDataException {
    LsnByTimestamp.Found found =
        LsnByTimestamp.find(
            timeline(request), instant(request.requiredQueryParameter("timestamp")));
    return Response.json(
        new TimelineMessages.LsnByTimestampAnswer(
            Lsn.toString(found.lsn()), found.kind().wireName()));
  }

  private Response page(Request request)
      throws IOException, ApiProblem, CorruptDataException, InterruptedException {
    Timeline timeline = timeline(request);
    String[] relation = request.requiredQueryParameter("rel").split("/", -1);
    String wanted = request.queryParameter("lsn").orElse("latest");
    long lsn =
        wanted.toLowerCase(Locale.ROOT).equals("latest")
            ? timeline.lastRecordLsn()
            : lsn(wanted).value();
    PageKey key;
    try {
      key =
          PageKey.relationBlock(
              new RelFileNode(
                  Integer.parseUnsignedInt(relation[0]),
                  Integer.parseUnsignedInt(relation[1]),
                  Integer.parseUnsignedInt(relation[2])),
              Integer.parseInt(request.queryParameter("fork").orElse("0")),
              Integer.parseUnsignedInt(request.requiredQueryParameter("block")));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "give rel=spc/db/rel, fork=0..3 and block=N", e);
    }
    if (!timeline.awaitLsn(lsn, PAGE_WAIT_MILLIS)) {
      throw new ApiProblem(
          ProblemCode.OUT_OF_RANGE,
          "LSN "
              + Lsn.toString(lsn)
              + " is not there yet: ingested up to "
              + Lsn.toString(timeline.lastRecordLsn()));
    }
    ByteBuffer page = ReadSession.newPage();
    try (ReadSession session = timeline.read()) {
      session.page(key, lsn, page);
    }
    byte[] bytes = new byte[PageResponse.PAGE_SIZE];
    page.get(0, bytes);
    return Response.bytes(bytes);
  }

  private Response checkpoint(Request request) throws IOException, ApiProblem {
    TimelineKeeper keeper = new TimelineKeeper(timeline(request));
    keeper.flush();
    keeper.upload();
    return Response.done();
  }

  private Response ingestDelay(Request request) throws ApiProblem {
    tenants
        .ingest(tenant(request), timelineId(request.pathParameter("timeline")))
        .delay(request.body(TimelineMessages.IngestDelay.class).millis());
    return Response.done();
  }
}
