package dev.argon.controlplane;

import dev.argon.controlplane.storage.ConfigurationDocument;
import dev.argon.controlplane.storage.LogPosition;
import dev.argon.controlplane.storage.MemberDocument;
import dev.argon.controlplane.storage.MembershipAnswer;
import dev.argon.controlplane.storage.PullAnswer;
import dev.argon.controlplane.storage.PullRequest;
import dev.argon.controlplane.storage.SafekeeperTimelineRequest;
import dev.argon.controlplane.storage.TermBumpAnswer;
import dev.argon.controlplane.storage.TermBumpRequest;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/// A safekeeper's HTTP surface as `docs/interfaces.md` has it, over what it keeps in memory.
public final class FakeSafekeeper implements AutoCloseable {

  /// A timeline it holds.
  public record Copy(ConfigurationDocument configuration, long term, LogPosition position) {

    Copy under(ConfigurationDocument other) {
      return new Copy(other, term, position);
    }

    Copy inTerm(long other) {
      return new Copy(configuration, other, position);
    }

    /// The same with another log.
    public Copy at(LogPosition other) {
      return new Copy(configuration, term, other);
    }
  }

  /// May refuse requests; told before a request has its effect, and after.
  public interface Script {
    void before(String request) throws ApiProblem;

    void after(String request) throws ApiProblem;
  }

  /// Refuses nothing.
  public static final Script PEACE =
      new Script() {
        @Override
        public void before(String request) {}

        @Override
        public void after(String request) {}
      };

  /// What it holds.
  public final Map<String, Copy> copies = new ConcurrentHashMap<>();

  /// What it was told to begin.
  public final Map<String, SafekeeperTimelineRequest> begun = new ConcurrentHashMap<>();

  /// Generations at which timelines were given up.
  public final Map<String, Integer> tombstones = new ConcurrentHashMap<>();

  /// Every configuration it was ever under.
  public final List<ConfigurationDocument> adopted = new CopyOnWriteArrayList<>();

  private final long id;
  private final Map<String, FakeSafekeeper> byUrl;
  private final ManagementServer server;

  /// Guards changes of `copies`.
  private final ReentrantLock lock = new ReentrantLock();

  /// What a copied log begins with is the donor's, or this if it is there.
  public volatile LogPosition pulledPosition = new LogPosition(Long.MAX_VALUE, Lsn.INVALID);

  public volatile Script script = PEACE;

  /// @param byUrl all of them, by base URL; this adds itself
  public FakeSafekeeper(long id, Map<String, FakeSafekeeper> byUrl) throws IOException {
    this.id = id;
    this.byUrl = byUrl;
    server = ManagementServer.start(new HostPort("127.0.0.1", 0), routes());
    byUrl.put(server.address().httpUrl(), this);
  }

  public HostPort address() {
    return server.address();
  }

  private Router routes() {
    String timeline = "/v1/tenant/{t}/timeline/{tl}";
    return new Router()
        .get("/v1/status", _ -> status())
        .post(timeline, request -> scripted("create", request, this::create))
        .get(timeline, request -> scripted("get", request, this::describe))
        .delete(timeline, request -> scripted("delete", request, this::delete))
        .put(timeline + "/membership", request -> scripted("membership", request, this::membership))
        .put(timeline + "/exclude", request -> scripted("exclude", request, this::exclude))
        .post(timeline + "/term_bump", request -> scripted("term_bump", request, this::bump))
        .post("/v1/pull_timeline", request -> scripted("pull", request, this::pull));
  }

  private interface Work {
    Response run(Request request) throws ApiProblem;
  }

  private Response scripted(String what, Request request, Work work) throws ApiProblem {
    script.before(id + " " + what);
    Response response;
    lock.lock();
    try {
      response = work.run(request);
    } finally {
      lock.unlock();
    }
    script.after(id + " " + what);
    return response;
  }

  private Response status() throws ApiProblem {
    script.before(id + " status");
    return Response.json(
        new ProcessStatus(
            "safekeeper", "safekeeper", 1, Map.of(), "/d", "ok", List.of(), List.of()));
  }

  private Response create(Request request) throws ApiProblem {
    SafekeeperTimelineRequest body = request.body(SafekeeperTimelineRequest.class);
    String timeline = request.pathParameter("tl");
    begun.put(timeline, body);
    ConfigurationDocument configuration =
        new ConfigurationDocument(body.generation(), body.members(), null);
    hold(timeline, new Copy(configuration, 0, new LogPosition(0, Lsn.parse(body.startLsn()))));
    return Response.done();
  }

  /// Holds a timeline, as if it had been made here.
  public void hold(String timeline, Copy copy) {
    adopted.add(copy.configuration());
    copies.put(timeline, copy);
  }

  public Copy copy(String timeline) {
    return Objects.requireNonNull(copies.get(timeline), timeline);
  }

  private Copy require(Request request) throws ApiProblem {
    Copy copy = copies.get(request.pathParameter("tl"));
    if (copy == null) {
      throw new ApiProblem(ProblemCode.NOT_FOUND, "no timeline here");
    }
    return copy;
  }

  private Response describe(Request request) throws ApiProblem {
    LogPosition position = require(request).position();
    String json =
        "{\"last_log_term\":%d,\"flush_lsn\":\"%s\",\"commit_lsn\":\"0/1600000\"}"
            .formatted(position.lastLogTerm(), position.flushLsn());
    return new Response(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  private Response delete(Request request) {
    copies.remove(request.pathParameter("tl"));
    begun.remove(request.pathParameter("tl"));
    return Response.done();
  }

  private boolean isIn(ConfigurationDocument configuration) {
    List<MemberDocument> fresh = configuration.newMembers();
    return configuration.members().stream().anyMatch(member -> member.id() == id)
        || (fresh != null && fresh.stream().anyMatch(member -> member.id() == id));
  }

  private Response membership(Request request) throws ApiProblem {
    ConfigurationDocument next = request.body(ConfigurationDocument.class);
    Copy copy = require(request);
    int present = copy.configuration().generation();
    boolean refused =
        next.generation() < present
            || (next.generation() == present && !next.equals(copy.configuration()))
            || !isIn(next);
    if (refused) {
      throw new ApiProblem(
          ProblemCode.CONFLICT, "under " + copy.configuration() + ", asked for " + next);
    }
    if (next.generation() > present) {
      hold(request.pathParameter("tl"), copy.under(next));
    }
    return Response.json(
        new MembershipAnswer(
            next,
            copy.term(),
            copy.position().lastLogTerm(),
            copy.position().flushLsn().toString()));
  }

  private Response exclude(Request request) throws ApiProblem {
    ConfigurationDocument configuration = request.body(ConfigurationDocument.class);
    if (isIn(configuration)) {
      throw new ApiProblem(ProblemCode.CONFLICT, "a member under " + configuration);
    }
    copies.remove(request.pathParameter("tl"));
    tombstones.put(request.pathParameter("tl"), configuration.generation());
    return Response.done();
  }

  private Response bump(Request request) throws ApiProblem {
    Copy copy = require(request);
    long term = Math.max(copy.term(), request.body(TermBumpRequest.class).term());
    copies.put(request.pathParameter("tl"), copy.inTerm(term));
    return Response.json(new TermBumpAnswer(copy.term(), term));
  }

  private Response pull(Request request) throws ApiProblem {
    PullRequest body = request.body(PullRequest.class);
    if (copies.containsKey(body.timelineId())) {
      return Response.json(new PullAnswer(null));
    }
    if (tombstones.getOrDefault(body.timelineId(), 0) >= body.mconf().generation()) {
      throw new ApiProblem(ProblemCode.CONFLICT, "excluded");
    }
    for (String host : body.httpHosts()) {
      FakeSafekeeper donor = byUrl.get(host);
      Copy copy = donor == null ? null : donor.copies.get(body.timelineId());
      if (copy != null) {
        Copy own = copy.under(body.mconf());
        hold(body.timelineId(), pulledPosition.flushLsn().isValid() ? own.at(pulledPosition) : own);
        return Response.json(new PullAnswer(host));
      }
    }
    throw new ApiProblem(ProblemCode.UNAVAILABLE, "nobody of " + body.httpHosts() + " has it");
  }

  @Override
  public void close() {
    server.close();
  }
}
