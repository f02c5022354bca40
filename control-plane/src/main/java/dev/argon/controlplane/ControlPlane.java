package dev.argon.controlplane;

import dev.argon.controlplane.api.SafekeeperRoutes;
import dev.argon.controlplane.api.Surface;
import dev.argon.controlplane.api.UpcallRoutes;
import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Operations;
import dev.argon.controlplane.branch.Projects;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.endpoint.ComputeProgram;
import dev.argon.controlplane.endpoint.EndpointMetrics;
import dev.argon.controlplane.endpoint.Endpoints;
import dev.argon.controlplane.membership.Drains;
import dev.argon.controlplane.membership.Memberships;
import dev.argon.controlplane.metadata.BranchStore;
import dev.argon.controlplane.metadata.Database;
import dev.argon.controlplane.metadata.EndpointStore;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.MetadataCopy;
import dev.argon.controlplane.metadata.NodeStore;
import dev.argon.controlplane.metadata.OperationStore;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.controlplane.storage.StorageSecurity;
import dev.argon.node.HostPort;
import dev.argon.node.ManagementServer;
import dev.argon.node.Metrics;
import dev.argon.node.ProcessStatus;
import dev.argon.node.Router;
import dev.argon.node.StandardRoutes;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The control plane's parts put together.
public final class ControlPlane implements AutoCloseable {

  private static final Logger LOG = System.getLogger(ControlPlane.class.getName());

  private static final Duration WORK_RETRY = Duration.ofSeconds(5);

  /// How long one step of a change of members waits for safekeepers that do not answer.
  private static final Duration MEMBERSHIP_STEP_LIMIT = Duration.ofSeconds(60);

  private static final String LOCALE_DEFAULT = "C.UTF-8";

  private final ControlPlaneConfig config;
  private final MetadataCopy copy;
  private final Database database;
  private final Operations operations;
  private final Branches branches;
  private final Endpoints endpoints;
  private final Memberships memberships;
  private final Drains drains;
  private final ManagementServer server;
  private final List<Thread> threads = new ArrayList<>();

  /// Opens the metadata, listens, takes up what was left, and works from now on.
  public static ControlPlane start(
      ControlPlaneConfig config, RandomGenerator random, InstantSource clock)
      throws IOException, SQLException {
    MetadataCopy copy = new MetadataCopy(Path.of(config.objectStore()));
    Path file = Path.of(config.directory(), "metadata.db");
    boolean restored = copy.restoreIfMissing(file);
    Database database = Database.open(file, copy::changed);
    try {
      return new ControlPlane(config, copy, database, restored, new Ids(random), clock);
    } catch (IOException | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private ControlPlane(
      ControlPlaneConfig config,
      MetadataCopy copy,
      Database database,
      boolean restored,
      Ids ids,
      InstantSource clock)
      throws IOException {
    this.config = config;
    this.copy = copy;
    this.database = database;
    NodeStore nodeStore = new NodeStore(database);
    ProjectStore projectStore = new ProjectStore(database, clock);
    BranchStore branchStore = new BranchStore(database, clock);
    EndpointStore endpointStore = new EndpointStore(database, clock);
    OperationStore operationStore = new OperationStore(database, clock);
    if (restored) {
      MetadataCopy.afterRestore(projectStore);
    }
    operationStore.endInterrupted();
    MembershipStore membershipStore = new MembershipStore(database);
    StorageNodes nodes = new StorageNodes(nodeStore, StorageSecurity.of(config));
    operations = new Operations(operationStore, ids);
    branches =
        new Branches(
            nodes,
            new Branches.Stores(projectStore, branchStore, membershipStore, endpointStore),
            operations,
            ids,
            clock);
    Projects projects = new Projects(nodes, projectStore, branches, ids, clock);
    Metrics metrics = new Metrics();
    endpoints =
        new Endpoints(
            place(config),
            new Endpoints.Parts(
                endpointStore,
                branches,
                operations,
                projects,
                nodes,
                new EndpointMetrics(metrics.registry())),
            ids,
            clock);
    Memberships.Stores stores = new Memberships.Stores(projectStore, branchStore, membershipStore);
    memberships =
        new Memberships(nodes, stores, branches, endpoints::tellSafekeepers, MEMBERSHIP_STEP_LIMIT);
    drains = new Drains(nodeStore, nodes, memberships, stores);
    Router router = new Router();
    StandardRoutes.addTo(router, this::status, metrics);
    new UpcallRoutes(nodeStore, projectStore, endpoints).addTo(router);
    new SafekeeperRoutes(projects, branches, memberships, drains).addTo(router);
    String locale = config.locale() == null ? LOCALE_DEFAULT : config.locale();
    new Surface(projects, branches, endpoints, operationStore, locale).addTo(router);
    server = ManagementServer.start(HostPort.parse(config.httpAddress()), router);
    threads.add(start("metadata-copy", () -> copy.run(database)));
    threads.add(start("unfinished-work", this::completeWork));
    copy.changed();
    branches.resume();
    endpoints.resume();
    threads.add(start("memberships", drains::run));
  }

  private static Endpoints.Place place(ControlPlaneConfig config) {
    return new Endpoints.Place(
        Path.of(config.endpointsDirectory()),
        config.endpointPortFirst(),
        new ComputeProgram(
            config.computeCommand(),
            Path.of(config.postgresBin()),
            config.extensionLibrary(),
            config.endpointHost(),
            Path.of(config.objectStore())));
  }

  @FunctionalInterface
  private interface Loop {
    void run() throws InterruptedException;
  }

  private static Thread start(String name, Loop loop) {
    return Thread.ofVirtual()
        .name(name)
        .start(() -> {
          try {
            loop.run();
          } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "{0} ends", name);
          }
        });
  }

  private void completeWork() throws InterruptedException {
    while (true) {
      Thread.sleep(WORK_RETRY);
      branches.completeMembers();
      branches.resume();
    }
  }

  /// Where the API listens.
  public HostPort address() {
    return server.address();
  }

  /// What the process says of itself.
  public ProcessStatus status() {
    List<String> reasons = new ArrayList<>(endpoints.problems());
    reasons.addAll(memberships.problems());
    String copyProblem = copy.problem();
    if (!copyProblem.isEmpty()) {
      reasons.add(copyProblem);
    }
    return new ProcessStatus(
        "control-plane",
        "control-plane",
        ProcessHandle.current().pid(),
        Map.of("http", server.address().toString()),
        config.directory(),
        reasons.isEmpty() ? ProcessStatus.OK : ProcessStatus.DEGRADED,
        reasons,
        List.of());
  }

  /// Ends the process's work; computes go on.
  @Override
  public void close() {
    server.close();
    endpoints.close();
    operations.close();
    threads.forEach(Thread::interrupt);
    copy.close();
    database.close();
  }
}
