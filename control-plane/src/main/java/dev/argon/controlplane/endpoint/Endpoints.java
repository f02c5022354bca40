package dev.argon.controlplane.endpoint;

import dev.argon.controlplane.Ids;
import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Names;
import dev.argon.controlplane.branch.Operations;
import dev.argon.controlplane.branch.Projects;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.controlplane.metadata.EndpointStore;
import dev.argon.controlplane.metadata.MetadataException;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.storage.ConfigurationDocument;
import dev.argon.node.ApiProblem;
import dev.argon.node.Done;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Makes, finds, starts, stops and deletes endpoints.
public final class Endpoints implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Endpoints.class.getName());

  private static final Duration LOOP_PAUSE = Duration.ofSeconds(1);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(130);
  private static final Duration STOP_TIMEOUT = Duration.ofMinutes(4);
  private static final Duration TELL_TIMEOUT = Duration.ofSeconds(5);

  private final EndpointStore store;
  private final Branches branches;
  private final Operations operations;
  private final ComputeProgram program;
  private final Specs specs;
  private final SettingCheck settingCheck;
  private final PortAllocation ports;
  private final KeptObjects kept;
  private final Path directory;
  private final EndpointMetrics metrics;
  private final Ids ids;
  private final InstantSource clock;
  private final Map<String, EndpointLoop> loops = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("endpoint-", 0).factory());

  /// Where endpoints live on this machine.
  ///
  /// @param directory of the endpoints' directories
  /// @param firstPort endpoints take pairs of ports from here
  public record Place(Path directory, int firstPort, ComputeProgram program) {}

  /// What endpoints are made of.
  public record Parts(
      EndpointStore store,
      Branches branches,
      Operations operations,
      Projects projects,
      StorageNodes nodes,
      EndpointMetrics metrics) {}

  public Endpoints(Place place, Parts parts, Ids ids, InstantSource clock) {
    this.store = parts.store();
    this.branches = parts.branches();
    this.operations = parts.operations();
    this.program = place.program();
    this.directory = place.directory();
    this.metrics = parts.metrics();
    this.ids = ids;
    this.clock = clock;
    specs = new Specs(program, parts.projects(), branches, parts.nodes());
    settingCheck = new SettingCheck(program.postgresBin(), directory.resolve(".settings"));
    ports = new PortAllocation(program.host(), place.firstPort());
    kept = new KeptObjects(program.objectStore(), parts.projects());
  }

  /// Takes up every endpoint: finds computes that run, starts those that should.
  public void resume() {
    for (Endpoint endpoint : store.listAll()) {
      EndpointLoop _ = loop(endpoint);
    }
  }

  private EndpointLoop loop(Endpoint endpoint) {
    return loops.computeIfAbsent(endpoint.id(), id -> begin(endpoint));
  }

  private EndpointLoop begin(Endpoint endpoint) {
    EndpointLoop loop =
        new EndpointLoop(endpoint, store, directoryOf(endpoint), program, specs, metrics);
    Future<?> _ =
        threads.submit(() -> {
          try {
            runAgainAfterErrors(loop, endpoint.id());
          } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "the loop of {0} ends", endpoint.id());
          }
        });
    return loop;
  }

  /// Without its loop an endpoint would stay as it is for ever, and nobody would be told.
  private static void runAgainAfterErrors(EndpointLoop loop, String id)
      throws InterruptedException {
    while (true) {
      try {
        loop.run();
        return;
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "the loop of " + id + " broke; it begins again", e);
        Thread.sleep(LOOP_PAUSE);
      }
    }
  }

  private EndpointDirectory directoryOf(Endpoint endpoint) {
    return new EndpointDirectory(directory.resolve(endpoint.id()));
  }

  /// What a new endpoint shall be.
  ///
  /// @param lsn what a read-only endpoint shows for ever; empty for one that follows the branch
  public record Request(
      String name, Endpoint.Type type, String lsn, Map<String, String> settings) {}

  /// Makes an endpoint; it does not run yet.
  public Endpoint create(Project project, Branch branch, Request request)
      throws ApiProblem, IOException, InterruptedException {
    String id = ids.endpoint();
    String name = request.name().isEmpty() ? id : request.name();
    Names.check("endpoint", name);
    SortedMap<String, String> settings = checked(request.settings());
    String staticLsn =
        switch (request.type()) {
          case READ_WRITE -> "";
          case READ_ONLY -> staticLsn(project, branch, request.lsn());
        };
    String now = clock.instant().toString();
    while (true) {
      int port = ports.next(store.listAll());
      Endpoint endpoint =
          new Endpoint(
              id,
              project.id(),
              branch.id(),
              name,
              request.type(),
              staticLsn,
              port,
              port + 1,
              false,
              0,
              settings,
              now,
              now);
      try {
        store.insert(endpoint);
      } catch (MetadataException e) {
        if (e.isDuplicate() && isPortTaken(port)) {
          continue;
        }
        throw duplicate(branch, endpoint, e);
      }
      EndpointLoop _ = loop(endpoint);
      return endpoint;
    }
  }

  private boolean isPortTaken(int port) {
    return store.listAll().stream().anyMatch(endpoint -> endpoint.pgPort() == port);
  }

  private ApiProblem duplicate(Branch branch, Endpoint endpoint, MetadataException e) {
    boolean writer =
        endpoint.type() == Endpoint.Type.READ_WRITE
            && store.list(branch.projectId()).stream()
                .anyMatch(other ->
                    other.branchId().equals(branch.id())
                        && other.type() == Endpoint.Type.READ_WRITE);
    if (writer) {
      return new ApiProblem(
          ProblemCode.CONFLICT,
          "branch " + branch.name() + " has a read-write endpoint already; make a read-only one",
          e);
    }
    return Names.duplicate("endpoint", endpoint.name(), e);
  }

  private String staticLsn(Project project, Branch branch, String requested)
      throws ApiProblem, InterruptedException {
    if (requested.isEmpty()) {
      return "";
    }
    Lsn lsn;
    try {
      lsn = Lsn.parse(requested);
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    Lsn end = branches.end(project, branch);
    if (lsn.isAfter(end)) {
      throw new ApiProblem(
          ProblemCode.OUT_OF_RANGE,
          lsn + " is behind the end of branch " + branch.name() + ", " + end);
    }
    return lsn.toString();
  }

  private SortedMap<String, String> checked(Map<String, String> settings)
      throws ApiProblem, IOException, InterruptedException {
    SortedMap<String, String> checked = settingCheck.check(settings);
    if (checked.containsKey(Specs.FILE_CACHE_LIMIT)) {
      long _ = Specs.megabytes(checked.get(Specs.FILE_CACHE_LIMIT));
    }
    if (checked.containsKey(Specs.AUTOPREWARM)) {
      boolean _ = Specs.isOn(checked.get(Specs.AUTOPREWARM));
    }
    return checked;
  }

  /// Changes settings. Those that PostgreSQL takes while it runs hold at once, the others from the
  /// next start on.
  ///
  /// @param changes an empty value takes the setting back
  public Endpoint set(Endpoint endpoint, Map<String, String> changes)
      throws ApiProblem, IOException, InterruptedException {
    SortedMap<String, String> settings = new TreeMap<>(endpoint.settings());
    Map<String, String> given = new TreeMap<>();
    changes.forEach((name, value) -> {
      if (value.isEmpty()) {
        settings.remove(name.toLowerCase(Locale.ROOT));
      } else {
        given.put(name, value);
      }
    });
    settings.putAll(checked(given));
    store.setSettings(endpoint.id(), settings);
    Endpoint changed = require(endpoint.projectId(), endpoint.id());
    tellSettings(changed);
    return changed;
  }

  /// A compute that cannot be told has them at its next start.
  private void tellSettings(Endpoint endpoint) {
    if (state(endpoint) != EndpointState.ACTIVE) {
      return;
    }
    try {
      ComputeSpec spec = specs.of(endpoint, directoryOf(endpoint).path());
      ComputeStatus _ =
          new HttpJsonClient(specs.httpAddress(endpoint), TELL_TIMEOUT)
              .post("/configure", new ConfigureRequest(spec), ComputeStatus.class);
    } catch (IOException | ApiProblem e) {
      LOG.log(
          Level.WARNING,
          "endpoint {0} has its new settings from its next start on: {1}",
          endpoint.id(),
          e.getMessage());
    }
  }

  public Operations.Running start(Endpoint endpoint) {
    return operations.start(
        subject(endpoint), "start_compute", () -> loop(endpoint).start(START_TIMEOUT));
  }

  /// @param mode `fast` or `immediate`
  public Operations.Running stop(Endpoint endpoint, String mode) {
    return operations.start(
        subject(endpoint), "suspend_compute", () -> loop(endpoint).stop(mode, STOP_TIMEOUT));
  }

  public Operations.Running restart(Endpoint endpoint) {
    return operations.start(
        subject(endpoint),
        "restart_compute",
        () -> {
          loop(endpoint).stop("fast", STOP_TIMEOUT);
          loop(endpoint).start(START_TIMEOUT);
        });
  }

  /// Stops the endpoint, deletes its directory and forgets it. Its branch stays.
  public Operations.Running delete(Endpoint endpoint) {
    return operations.start(
        subject(endpoint),
        "delete_endpoint",
        () -> {
          EndpointLoop loop = loop(endpoint);
          loop.stop("fast", STOP_TIMEOUT);
          loop.close();
          loops.remove(endpoint.id());
          store.delete(endpoint.id());
          try {
            directoryOf(endpoint).delete();
            kept.delete(endpoint, branches.require(endpoint.projectId(), endpoint.branchId()));
          } catch (IOException e) {
            throw new ApiProblem(ProblemCode.INTERNAL, "cannot delete: " + e.getMessage(), e);
          }
        });
  }

  private static Operations.Subject subject(Endpoint endpoint) {
    return new Operations.Subject(endpoint.projectId(), endpoint.branchId(), endpoint.id());
  }

  /// Ends all computes because the stack goes down; those that ran come back with it.
  ///
  /// @throws ApiProblem if one does not end
  public void holdAll(String mode) throws ApiProblem, InterruptedException {
    List<Future<?>> holds = new ArrayList<>();
    for (EndpointLoop loop : loops.values()) {
      holds.add(
          threads.submit(() -> {
            loop.hold(mode, STOP_TIMEOUT);
            return true;
          }));
    }
    for (Future<?> hold : holds) {
      try {
        hold.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof ApiProblem problem
            ? problem
            : new ApiProblem(ProblemCode.INTERNAL, String.valueOf(e.getMessage()), e);
      }
    }
  }

  /// Takes [#holdAll] back: what is wanted to run starts.
  public void releaseAll() {
    loops.values().forEach(EndpointLoop::release);
  }

  /// Tells every compute that writes to a branch or follows it who its safekeepers are. One that is
  /// not running will start with what is stored then. The writer comes first: commits depend on
  /// what it knows. A replica that cannot be told looks for WAL among those that it knows, and has
  /// the new ones at its next start.
  ///
  /// @throws IOException if the writer runs, or starts, and cannot be told
  /// @throws ApiProblem if it refuses
  public void tellSafekeepers(Branch branch, MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    List<Endpoint> running =
        store.list(branch.projectId()).stream()
            .filter(endpoint -> endpoint.branchId().equals(branch.id()) && mayRun(endpoint))
            .toList();
    for (Endpoint endpoint : running) {
      if (endpoint.role() == Endpoint.Role.PRIMARY) {
        tellSafekeepers(endpoint, configuration);
      }
    }
    for (Endpoint endpoint : running) {
      if (endpoint.role() == Endpoint.Role.REPLICA) {
        try {
          tellSafekeepers(endpoint, configuration);
        } catch (IOException | ApiProblem e) {
          LOG.log(
              Level.WARNING,
              "replica {0} knows its new safekeepers from its next start on: {1}",
              endpoint.id(),
              e.getMessage());
        }
      }
    }
  }

  private void tellSafekeepers(Endpoint endpoint, MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    new HttpJsonClient(specs.httpAddress(endpoint), TELL_TIMEOUT)
        .post("/notify-safekeepers", ConfigurationDocument.of(configuration), Done.class);
  }

  /// A loop that is not idle may have written a spec with what was stored before; one that has just
  /// begun says it is idle until it has found the compute that an earlier control plane started.
  private boolean mayRun(Endpoint endpoint) {
    return state(endpoint) != EndpointState.IDLE
        || Launch.live(directoryOf(endpoint).path()).isPresent();
  }

  /// What an endpoint does now.
  public EndpointState state(Endpoint endpoint) {
    return loop(endpoint).view().state();
  }

  /// Why it does not run though it should, or why it ended; empty if all is well.
  public String lastError(Endpoint endpoint) {
    return loop(endpoint).view().lastError();
  }

  /// Why something does not run that should; for the process's health.
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    loops.forEach((id, loop) -> {
      EndpointLoop.View view = loop.view();
      if (!view.lastError().isEmpty()) {
        problems.add("endpoint " + id + ": " + view.lastError());
      }
    });
    return problems;
  }

  public String host() {
    return program.host();
  }

  /// @throws ApiProblem if the project has none with this id
  public Endpoint require(String projectId, String endpointId) throws ApiProblem {
    return store
        .find(endpointId)
        .filter(endpoint -> endpoint.projectId().equals(projectId))
        .orElseThrow(
            () -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no endpoint " + endpointId));
  }

  public List<Endpoint> list(String projectId) {
    return store.list(projectId);
  }

  /// Ends the loops; computes go on.
  @Override
  public void close() {
    loops.values().forEach(EndpointLoop::close);
    threads.shutdownNow();
  }
}
