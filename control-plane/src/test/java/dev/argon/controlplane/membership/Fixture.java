package dev.argon.controlplane.membership;

import dev.argon.controlplane.FakeSafekeeper;
import dev.argon.controlplane.Ids;
import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Operations;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.BranchStore;
import dev.argon.controlplane.metadata.Database;
import dev.argon.controlplane.metadata.EndpointStore;
import dev.argon.controlplane.metadata.LifeState;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.NodeStore;
import dev.argon.controlplane.metadata.OperationStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.controlplane.storage.ConfigurationDocument;
import dev.argon.controlplane.storage.LogPosition;
import dev.argon.controlplane.storage.StorageSecurity;
import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ManagementServer;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The metadata of a control plane and fakes of all it talks to. What drives changes is made anew
/// by [#memberships], as by a control plane that starts: it keeps nothing between two calls.
final class Fixture implements AutoCloseable {

  private static final String NOW = "2026-01-01T00:00:00Z";

  final List<FakeSafekeeper> safekeepers = new ArrayList<>();

  private final Map<String, FakeSafekeeper> byUrl = new ConcurrentHashMap<>();

  /// What the pageserver and the compute were told last, by timeline and by branch.
  final Map<String, ConfigurationDocument> sources = new ConcurrentHashMap<>();

  final Map<String, MembershipConfiguration> computes = new ConcurrentHashMap<>();

  /// Also of the pageserver and the compute.
  volatile FakeSafekeeper.Script script = FakeSafekeeper.PEACE;

  final Ids ids = new Ids(new Random(11));
  final Database database;
  final NodeStore nodeStore;
  final Memberships.Stores stores;
  final StorageNodes nodes;
  final Operations operations;
  final Branches branches;
  final Project project;
  private final ManagementServer pageserver;

  Fixture(Path directory, int count) throws Exception {
    InstantSource clock = InstantSource.system();
    database = Database.open(directory.resolve("metadata.db"), () -> {});
    nodeStore = new NodeStore(database);
    ProjectStore projects = new ProjectStore(database, clock);
    stores =
        new Memberships.Stores(
            projects, new BranchStore(database, clock), new MembershipStore(database));
    nodes = new StorageNodes(nodeStore, StorageSecurity.NONE);
    operations = new Operations(new OperationStore(database, clock), ids);
    branches =
        new Branches(
            nodes,
            new Branches.Stores(
                projects,
                stores.branches(),
                stores.memberships(),
                new EndpointStore(database, clock)),
            operations,
            ids,
            clock);
    pageserver =
        ManagementServer.start(
            new HostPort("127.0.0.1", 0),
            new Router().put("/v1/tenant/{t}/timeline/{tl}/safekeepers", this::setSource));
    nodeStore.put(
        new StorageNode(
            StorageNode.Kind.PAGESERVER, 1, pageserver.address(), pageserver.address()));
    grow(count);
    project =
        new Project(
            ids.project(),
            "p",
            TenantId.random(ids.random()),
            1,
            1,
            15,
            "C",
            new Project.Login("postgres", "x"),
            LifeState.READY,
            NOW);
    projects.insert(project);
  }

  /// Adds safekeepers until there are so many.
  final void grow(int count) throws IOException {
    while (safekeepers.size() < count) {
      int number = safekeepers.size() + 1;
      FakeSafekeeper safekeeper = new FakeSafekeeper(number, byUrl);
      safekeepers.add(safekeeper);
      nodeStore.put(node(number, safekeeper.address()));
    }
  }

  static StorageNode node(long id, HostPort http) {
    return new StorageNode(
        StorageNode.Kind.SAFEKEEPER, id, new HostPort("127.0.0.1", (int) (20_000 + id)), http);
  }

  private Response setSource(Request request) throws ApiProblem {
    script.before("pageserver");
    sources.put(request.pathParameter("tl"), request.body(ConfigurationDocument.class));
    script.after("pageserver");
    return Response.done();
  }

  /// Of this and of every safekeeper.
  void script(FakeSafekeeper.Script now) {
    script = now;
    safekeepers.forEach(safekeeper -> safekeeper.script = now);
  }

  private void tell(Branch branch, MembershipConfiguration configuration) throws ApiProblem {
    script.before("compute");
    computes.put(branch.id(), configuration);
    script.after("compute");
  }

  Memberships memberships(Duration stepLimit) {
    return new Memberships(nodes, stores, branches, this::tell, stepLimit);
  }

  Drains drains() {
    return new Drains(nodeStore, nodes, memberships(Duration.ofSeconds(5)), stores);
  }

  /// A branch that the safekeepers 1, 2 and 3 hold. The logs of 1 and 3 go further than that of 2,
  /// and they are in a higher term.
  Branch branch(String name) {
    return branch(name, 1, 2, 3);
  }

  Branch branch(String name, long... members) {
    Branch branch =
        new Branch(
            ids.branch(),
            project.id(),
            name,
            TimelineId.random(ids.random()),
            Optional.empty(),
            "1",
            "0/1000000",
            name.equals("main"),
            LifeState.READY,
            NOW);
    MembershipConfiguration first = new MembershipConfiguration(1, members(members), List.of());
    stores.branches().insert(branch, first);
    for (long id : members) {
      stores.memberships().setCreated(branch.id(), new NodeId(id), 1);
      long term = id == 2 ? 6 : 7;
      safekeeper(id)
          .hold(
              branch.timeline().toString(),
              new FakeSafekeeper.Copy(
                  ConfigurationDocument.of(first),
                  term,
                  new LogPosition(6, Lsn.parse(id == 2 ? "0/2000000" : "0/3000000"))));
    }
    return branch;
  }

  static List<MembershipConfiguration.Member> members(long... ids) {
    return Arrays.stream(ids)
        .mapToObj(id ->
            new MembershipConfiguration.Member(new NodeId(id), "127.0.0.1", (int) (20_000 + id)))
        .toList();
  }

  static Set<NodeId> ids(long... ids) {
    Set<NodeId> set = new HashSet<>();
    Arrays.stream(ids).forEach(id -> set.add(new NodeId(id)));
    return set;
  }

  FakeSafekeeper safekeeper(long id) {
    return safekeepers.get((int) id - 1);
  }

  Membership stored(Branch branch) {
    return stores.memberships().require(branch.id());
  }

  @Override
  public void close() {
    operations.close();
    pageserver.close();
    safekeepers.forEach(FakeSafekeeper::close);
    database.close();
  }
}
