package dev.argon.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.controlplane.api.BranchAnswer;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.controlplane.api.BranchRequest;
import dev.argon.controlplane.api.BranchesAnswer;
import dev.argon.controlplane.api.ConnectionUriAnswer;
import dev.argon.controlplane.api.DrainRequest;
import dev.argon.controlplane.api.EndpointAnswer;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.controlplane.api.EndpointRequest;
import dev.argon.controlplane.api.MembershipDocument;
import dev.argon.controlplane.api.MembershipsAnswer;
import dev.argon.controlplane.api.MigrateRequest;
import dev.argon.controlplane.api.NodeRequest;
import dev.argon.controlplane.api.OperationsAnswer;
import dev.argon.controlplane.api.ProjectAnswer;
import dev.argon.controlplane.api.ProjectRequest;
import dev.argon.controlplane.api.ReattachRequest;
import dev.argon.controlplane.api.SafekeeperDocument;
import dev.argon.controlplane.api.TenantGenerations;
import dev.argon.controlplane.api.TenantValidity;
import dev.argon.controlplane.storage.ConfigurationDocument;
import dev.argon.controlplane.storage.MemberDocument;
import dev.argon.controlplane.storage.SafekeeperTimelineRequest;
import dev.argon.node.ApiProblem;
import dev.argon.node.Done;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.server.FreePorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The control plane over storage that is a fake and computes that are processes without
/// PostgreSQL.
class ControlPlaneTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// A test makes a few endpoints; each takes two.
  private static final int PORTS = 20;

  @TempDir Path directory;

  private final Random random = new Random(7);
  private FakeStorage storage;
  private ControlPlaneConfig config;
  private ControlPlane controlPlane;
  private HttpJsonClient http;

  @BeforeEach
  void start() throws Exception {
    storage = new FakeStorage();
    Files.createDirectories(directory.resolve("control-plane"));
    config =
        new ControlPlaneConfig(
            directory.resolve("control-plane").toString(),
            "127.0.0.1:0",
            directory.resolve("object-store").toString(),
            directory.resolve("endpoints").toString(),
            "127.0.0.1",
            FreePorts.block(PORTS),
            computeCommand(),
            "/usr/lib/postgresql/15/bin",
            "/nowhere/neon",
            null,
            null,
            null);
    open();
    register("pageserver", 1, storage.pageserverAddress());
    for (int i = 0; i < 3; i++) {
      register("safekeeper", i + 1, storage.safekeeperAddress(i));
    }
  }

  private static List<String> computeCommand() {
    return List.of(
        System.getProperty("java.home") + "/bin/java",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmx64m",
        "-cp",
        System.getProperty("java.class.path"),
        FakeCompute.class.getName());
  }

  private void open() throws Exception {
    controlPlane = ControlPlane.start(config, random, InstantSource.system());
    http = new HttpJsonClient(controlPlane.address(), PATIENCE);
  }

  private void register(String kind, long id, HostPort address) throws Exception {
    http.put(
        "/v1/node",
        new NodeRequest(kind, id, "127.0.0.1:" + (20_000 + id), address.toString()),
        Done.class);
  }

  @AfterEach
  void stop() throws Exception {
    http.post("/v1/hold-endpoints?mode=fast", Done.class);
    controlPlane.close();
    storage.close();
  }

  private ProjectAnswer createProject() throws Exception {
    return http.post(
        "/api/v2/projects",
        new ProjectRequest(new ProjectRequest.Fields("main", 15, null)),
        ProjectAnswer.class);
  }

  private BranchDocument createBranch(String project, String name, String lsn, String time)
      throws Exception {
    return http.post(
            "/api/v2/projects/" + project + "/branches",
            new BranchRequest(
                new BranchRequest.Fields(
                    name, null, lsn.isEmpty() ? null : lsn, time.isEmpty() ? null : time)),
            BranchAnswer.class)
        .branch();
  }

  private EndpointDocument createEndpoint(String project, String type) throws Exception {
    return createEndpoint(project, type, null);
  }

  private EndpointDocument createEndpoint(String project, String type, @Nullable String lsn)
      throws Exception {
    return http.post(
            "/api/v2/projects/" + project + "/endpoints",
            new EndpointRequest(new EndpointRequest.Fields(null, null, type, lsn, null)),
            EndpointAnswer.class)
        .endpoint();
  }

  private EndpointDocument endpoint(EndpointDocument endpoint) throws Exception {
    return http.get(path(endpoint), EndpointAnswer.class).endpoint();
  }

  private static String path(EndpointDocument endpoint) {
    return "/api/v2/projects/" + endpoint.projectId() + "/endpoints/" + endpoint.id();
  }

  private Path directoryOf(EndpointDocument endpoint) {
    return directory.resolve("endpoints").resolve(endpoint.id());
  }

  private long pidOf(EndpointDocument endpoint) throws IOException {
    String launch = Files.readString(directoryOf(endpoint).resolve("launch.json"));
    return Long.parseLong(launch.replaceAll("(?s).*\"pid\"\\s*:\\s*(\\d+).*", "$1"));
  }

  private List<Path> starts(EndpointDocument endpoint) throws IOException {
    try (Stream<Path> entries = Files.list(directoryOf(endpoint))) {
      return entries.filter(e -> e.getFileName().toString().startsWith("start-")).toList();
    }
  }

  @Test
  void aProjectIsBootstrappedOnAllNodes() throws Exception {
    ProjectAnswer made = createProject();

    String timeline = made.branches().getFirst().timelineId();
    assertThat(storage.timelines).containsOnlyKeys(timeline);
    assertThat(storage.generations).containsExactly(1L);
    for (int i = 0; i < 3; i++) {
      SafekeeperTimelineRequest told = storage.told(i, timeline);
      assertThat(told.startLsn()).isEqualTo(FakeStorage.BOOTSTRAP_END);
      assertThat(told.members()).hasSize(3);
      assertThat(told.systemId()).isEqualTo(Long.parseLong(FakeStorage.SYSTEM_ID));
    }
    assertThat(made.branches().getFirst().isDefault()).isTrue();
    await().until(() -> Files.exists(directory.resolve("object-store/control-plane/metadata.db")));
  }

  @Test
  void aBranchBeginsAtTheCommittedEndOrWhereItWasAsked() throws Exception {
    String project = createProject().project().id();
    storage.flushLsn("0/1A2B3C0");

    BranchDocument head = createBranch(project, "head", "", "");
    BranchDocument rounded = createBranch(project, "rounded", "0/1700007", "");
    BranchDocument time = createBranch(project, "time", "", "2026-01-01T00:00:00Z");

    assertThat(head.parentLsn()).isEqualTo("0/1A2B3C0");
    assertThat(rounded.parentLsn()).isEqualTo("0/1700000");
    assertThat(rounded.requestedLsn()).isEqualTo("0/1700007");
    assertThat(time.parentLsn()).isEqualTo("0/1800000");
    assertThat(storage.told(0, rounded.timelineId()).startLsn()).isEqualTo("0/1700000");
  }

  @Test
  void aRefusedBranchLeavesNothingBehind() throws Exception {
    String project = createProject().project().id();

    assertRefused(() -> createBranch(project, "a", "0/1", ""), ProblemCode.OUT_OF_RANGE);
    assertRefused(() -> createBranch(project, "a", "F/0", ""), ProblemCode.OUT_OF_RANGE);
    assertRefused(
        () -> createBranch(project, "a", "", "2001-01-01T00:00:00Z"), ProblemCode.OUT_OF_RANGE);

    assertThat(branches(project)).extracting(BranchDocument::name).containsExactly("main");
    assertThat(createBranch(project, "a", "", "").name()).isEqualTo("a");
    assertRefused(() -> createBranch(project, "a", "", ""), ProblemCode.CONFLICT);
    assertThat(storage.timelines).hasSize(2);
  }

  private List<BranchDocument> branches(String project) throws Exception {
    return http.get("/api/v2/projects/" + project + "/branches", BranchesAnswer.class).branches();
  }

  @Test
  void aBranchIsMadeWithTwoSafekeepersAndTheThirdIsToldLater() throws Exception {
    String project = createProject().project().id();
    storage.killSafekeeper(2);

    BranchDocument branch = createBranch(project, "two", "", "");

    assertThat(storage.safekeepers.get(0).copies).containsKey(branch.timelineId());
    assertThat(storage.safekeepers.get(2).copies).doesNotContainKey(branch.timelineId());
  }

  @Test
  void storageThatIsNotReadyIsAskedAgain() throws Exception {
    storage.safekeeperFailures.set(3);

    ProjectAnswer made = createProject();

    String timeline = made.branches().getFirst().timelineId();
    assertThat(storage.safekeepers).allSatisfy(sk -> assertThat(sk.copies).containsKey(timeline));
  }

  @Test
  void whatAControlPlaneLeftHalfMadeTheNextOneFinishes() throws Exception {
    String project = createProject().project().id();
    storage.safekeeperFailures.set(Integer.MAX_VALUE);
    Thread request =
        Thread.ofVirtual()
            .start(() -> assertThatThrownBy(() -> createBranch(project, "half", "", "")));
    await().atMost(PATIENCE).until(() -> storage.timelines.size() == 2);
    assertThat(branches(project)).extracting(BranchDocument::name).containsExactly("main");

    controlPlane.close();
    request.join();
    storage.safekeeperFailures.set(0);
    open();

    await().atMost(PATIENCE).until(() -> branches(project).size() == 2);
    assertThat(storage.timelines).hasSize(2);
    assertThat(storage.safekeepers).allSatisfy(sk -> assertThat(sk.copies).hasSize(2));
  }

  @Test
  void parentsStayAndChildrenGoWithTheirEndpoints() throws Exception {
    String project = createProject().project().id();
    BranchDocument parent = createBranch(project, "parent", "", "");
    BranchDocument child =
        http.post(
                "/api/v2/projects/" + project + "/branches",
                new BranchRequest(new BranchRequest.Fields("child", parent.id(), null, null)),
                BranchAnswer.class)
            .branch();
    http.post(
        "/api/v2/projects/" + project + "/endpoints",
        new EndpointRequest(new EndpointRequest.Fields(null, child.id(), null, null, null)),
        EndpointAnswer.class);

    assertRefused(() -> deleteBranch(parent), ProblemCode.CONFLICT);
    deleteBranch(child);
    deleteBranch(parent);

    assertThat(branches(project)).extracting(BranchDocument::name).containsExactly("main");
    assertThat(storage.timelines).hasSize(1);
    assertThat(storage.safekeepers.getFirst().copies).hasSize(1);
  }

  private Object deleteBranch(BranchDocument branch) throws Exception {
    return http.delete(
        "/api/v2/projects/" + branch.projectId() + "/branches/" + branch.id(), BranchAnswer.class);
  }

  @Test
  void generationsGrowWithEachStartOfThePageserver() throws Exception {
    String tenant = createProject().project().tenantId();

    TenantGenerations first =
        http.post("/v1/re-attach", new ReattachRequest(1), TenantGenerations.class);
    TenantGenerations second =
        http.post("/v1/re-attach", new ReattachRequest(1), TenantGenerations.class);

    assertThat(first.tenants()).containsExactly(new TenantGenerations.Tenant(tenant, 2));
    assertThat(second.tenants()).containsExactly(new TenantGenerations.Tenant(tenant, 3));
    assertThat(http.post("/v1/validate", first, TenantValidity.class).tenants())
        .containsExactly(new TenantValidity.Tenant(tenant, false));
    assertThat(http.post("/v1/validate", second, TenantValidity.class).tenants())
        .containsExactly(new TenantValidity.Tenant(tenant, true));
  }

  @Test
  void anEndpointRunsIsRestartedWhenKilledAndStops() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");
    http.post(path(endpoint) + "/start", EndpointAnswer.class);
    long first = pidOf(endpoint);

    ProcessHandle.of(first).orElseThrow().destroyForcibly();

    await()
        .atMost(PATIENCE)
        .until(
            () -> pidOf(endpoint) != first && endpoint(endpoint).currentState().equals("active"));
    assertThat(starts(endpoint)).containsExactly(directoryOf(endpoint).resolve("start-2"));
    assertThat(new String(http.getBytes("/metrics"), StandardCharsets.UTF_8))
        .contains("argon_endpoint_unexpected_ends_total 1.0")
        .contains("argon_endpoint_start_seconds_count 2");
    long second = pidOf(endpoint);
    EndpointDocument stopped =
        http.post(path(endpoint) + "/suspend?mode=fast", EndpointAnswer.class).endpoint();
    assertThat(stopped.currentState()).isEqualTo("idle");
    awaitEnd(second);
    assertThat(starts(endpoint)).isEmpty();
  }

  /// It has ended when it was stopped; this process, its parent, learns of it a moment later.
  private static void awaitEnd(long pid) {
    await()
        .atMost(PATIENCE)
        .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void aComputeOutlivesTheControlPlaneWhichFindsItAgain() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");
    http.post(path(endpoint) + "/start", EndpointAnswer.class);
    long pid = pidOf(endpoint);

    controlPlane.close();
    assertThat(ProcessHandle.of(pid).orElseThrow().isAlive()).isTrue();
    open();

    await().atMost(PATIENCE).until(() -> endpoint(endpoint).currentState().equals("active"));
    assertThat(pidOf(endpoint)).isEqualTo(pid);
    http.post(path(endpoint) + "/suspend", EndpointAnswer.class);
    awaitEnd(pid);
  }

  @Test
  void whatRanBeforeTheStackWentDownRunsAgain() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");
    http.post(path(endpoint) + "/start", EndpointAnswer.class);

    http.post("/v1/hold-endpoints?mode=immediate", Done.class);
    assertThat(endpoint(endpoint).currentState()).isEqualTo("idle");
    http.post("/v1/release-endpoints", Done.class);

    await().atMost(PATIENCE).until(() -> endpoint(endpoint).currentState().equals("active"));
  }

  @Test
  void aFencedComputeIsNotRestarted() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");
    http.post(path(endpoint) + "/start", EndpointAnswer.class);

    Files.createFile(directoryOf(endpoint).resolve("fence"));

    await().atMost(PATIENCE).until(() -> !endpoint(endpoint).wanted());
    assertThat(endpoint(endpoint).currentState()).isEqualTo("idle");
    assertThat(endpoint(endpoint).lastError()).contains("newer compute");
    assertThat(controlPlane.status().health()).isEqualTo("degraded");
  }

  @Test
  void aStartThatFailsIsReportedAndNotRepeated() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");
    Files.createDirectories(directoryOf(endpoint));
    Files.createFile(directoryOf(endpoint).resolve("refuse"));

    assertThatThrownBy(() -> http.post(path(endpoint) + "/start", EndpointAnswer.class))
        .isInstanceOf(ApiProblem.class)
        .hasMessageContaining("the fake refuses");

    assertThat(endpoint(endpoint).wanted()).isFalse();
    assertThat(endpoint(endpoint).currentState()).isEqualTo("idle");
  }

  @Test
  void oneWriterForEachBranchAndManyReaders() throws Exception {
    String project = createProject().project().id();
    EndpointDocument writer = createEndpoint(project, "read_write");

    assertRefused(() -> createEndpoint(project, "read_write"), ProblemCode.CONFLICT);
    EndpointDocument past = createEndpoint(project, "read_only", "0/1FFFFF8");
    EndpointDocument replica = createEndpoint(project, "read_only");

    assertThat(past.lsn()).isEqualTo("0/1FFFFF8");
    assertThat(replica.lsn()).as("it follows the branch").isNull();
    assertThat(replica.port()).isNotEqualTo(writer.port());
    assertRefused(
        () -> createEndpoint(project, "read_only", "0/2000008"), ProblemCode.OUT_OF_RANGE);
    ConnectionUriAnswer uri =
        http.get("/api/v2/projects/" + project + "/connection_uri", ConnectionUriAnswer.class);
    assertThat(uri.uri())
        .isEqualTo(
            "postgresql://postgres:%s@127.0.0.1:%d/postgres"
                .formatted(storage.passwords.getFirst(), writer.port()));
  }

  @Test
  void settingsAreCheckedByTheServerItselfAndKept() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");

    set(endpoint, Map.of("Shared_Buffers", "16MB", "neon.file_cache_size_limit", "32MB"));
    assertRefused(() -> set(endpoint, Map.of("fsync", "off")), ProblemCode.REFUSED);
    assertRefused(
        () -> set(endpoint, Map.of("synchronous_standby_names", "x")), ProblemCode.REFUSED);
    assertRefused(() -> set(endpoint, Map.of("shared_buffers", "much")), ProblemCode.REFUSED);
    assertRefused(() -> set(endpoint, Map.of("no_such_setting", "1")), ProblemCode.REFUSED);

    http.post(path(endpoint) + "/start", EndpointAnswer.class);
    String spec = Files.readString(directoryOf(endpoint).resolve("spec.json"));
    assertThat(spec).containsPattern("\"shared_buffers\" *: *\"16MB\"");
    assertThat(spec).containsPattern("\"file_cache_size_limit_mb\" *: *32");
    assertThat(
            http.get(
                    "/api/v2/projects/" + endpoint.projectId() + "/operations",
                    OperationsAnswer.class)
                .operations())
        .allSatisfy(operation -> assertThat(operation.status()).isEqualTo("finished"));
  }

  @Test
  void runningComputeIsToldItsNewSettings() throws Exception {
    EndpointDocument endpoint = createEndpoint(createProject().project().id(), "read_write");
    Path told = directoryOf(endpoint).resolve("configured.json");
    set(endpoint, Map.of("work_mem", "3MB"));
    assertThat(told).doesNotExist();
    http.post(path(endpoint) + "/start", EndpointAnswer.class);

    set(endpoint, Map.of("neon.file_cache_size_limit", "2GB", "neon.autoprewarm", "off"));

    assertThat(Files.readString(told))
        .contains("\"work_mem\":\"3MB\"")
        .contains("\"file_cache_size_limit_mb\":2048")
        .contains("\"autoprewarm\":false")
        .contains("\"object_store\":\"" + directory.resolve("object-store") + "\"");
    assertRefused(() -> set(endpoint, Map.of("neon.autoprewarm", "2")), ProblemCode.REFUSED);
  }

  private Object set(EndpointDocument endpoint, Map<String, String> settings) throws Exception {
    return http.patch(
        path(endpoint),
        new EndpointRequest(
            new EndpointRequest.Fields(
                null, null, null, null, new EndpointDocument.Settings(settings))),
        EndpointAnswer.class);
  }

  @Test
  void aSafekeeperIsReplacedAcrossARestartAndItsComputeIsTold() throws Exception {
    ProjectAnswer made = createProject();
    EndpointDocument endpoint = createEndpoint(made.project().id(), "read_write");
    http.post(path(endpoint) + "/start", EndpointAnswer.class);
    EndpointDocument deaf = createEndpoint(made.project().id(), "read_only");
    http.post(path(deaf) + "/start", EndpointAnswer.class);
    Files.createFile(directoryOf(deaf).resolve("deaf"));
    FakeSafekeeper fourth = storage.addSafekeeper();
    register("safekeeper", 4, fourth.address());
    CountDownLatch pulls = new CountDownLatch(1);
    fourth.script = new Refusing("4 pull", pulls);

    http.put("/control/v1/safekeeper/3/drain", new DrainRequest(4), SafekeeperDocument.class);
    pulls.await();
    controlPlane.close();
    fourth.script = FakeSafekeeper.PEACE;
    open();

    await()
        .atMost(PATIENCE)
        .until(() ->
            http.get("/control/v1/safekeeper/3", SafekeeperDocument.class)
                .schedulingPolicy()
                .equals(SafekeeperDocument.DECOMMISSIONED));
    MembershipDocument now =
        http.get("/control/v1/membership", MembershipsAnswer.class).memberships().getFirst();
    assertThat(now.generation()).isEqualTo(3);
    assertThat(now.members()).extracting(MemberDocument::id).containsExactly(1L, 2L, 4L);
    assertThat(now.waitingFor()).isEmpty();
    String timeline = made.branches().getFirst().timelineId();
    assertThat(storage.safekeepers.get(2).copies).isEmpty();
    assertThat(fourth.copies).containsKey(timeline);
    ConfigurationDocument told = Objects.requireNonNull(storage.sources.get(timeline));
    assertThat(told.generation()).isEqualTo(3);
    assertThat(Files.readString(directoryOf(endpoint).resolve("told.json")))
        .contains("\"generation\":3");
    assertRefused(
        () -> {
          register("safekeeper", 3, storage.safekeeperAddress(2));
          return true;
        },
        ProblemCode.CONFLICT);
  }

  /// Refuses one kind of request and says so.
  private record Refusing(String what, CountDownLatch met) implements FakeSafekeeper.Script {
    @Override
    public void before(String request) throws ApiProblem {
      if (request.equals(what)) {
        met.countDown();
        throw new ApiProblem(ProblemCode.UNAVAILABLE, "not now");
      }
    }

    @Override
    public void after(String request) {}
  }

  @Test
  void aTimelineIsMigratedAndAStartGetsTheNewMembers() throws Exception {
    ProjectAnswer made = createProject();
    EndpointDocument endpoint = createEndpoint(made.project().id(), "read_write");
    register("safekeeper", 4, storage.addSafekeeper().address());
    String timeline =
        "/v1/tenant/%s/timeline/%s"
            .formatted(made.project().tenantId(), made.branches().getFirst().timelineId());

    MembershipDocument now =
        http.post(
            timeline + "/safekeeper_migrate",
            new MigrateRequest(List.of(2L, 3L, 4L)),
            MembershipDocument.class);
    assertRefused(
        () -> http.post(timeline + "/safekeeper_migrate_abort", MembershipDocument.class),
        ProblemCode.PRECONDITION_FAILED);
    http.post(path(endpoint) + "/start", EndpointAnswer.class);

    assertThat(now.members()).extracting(MemberDocument::id).containsExactly(2L, 3L, 4L);
    String spec = Files.readString(directoryOf(endpoint).resolve("spec.json"));
    assertThat(spec)
        .containsPattern(
            "\"safekeeper_connstrings\" *: *\\[\\s*\"127.0.0.1:20002\",\\s*\"127.0.0.1:20003\","
                + "\\s*\"127.0.0.1:20004\"\\s*]")
        .containsPattern("\"safekeepers_generation\" *: *3");
  }

  @Test
  void aLostDatabaseIsRestoredFromItsCopyWithNewGenerations() throws Exception {
    ProjectAnswer made = createProject();
    Path copy = directory.resolve("object-store/control-plane/metadata.db");
    await().atMost(PATIENCE).until(() -> Files.exists(copy) && copyKnows(copy, made));
    controlPlane.close();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory.resolve("control-plane"))) {
      entries.forEach(files::add);
    }
    for (Path file : files) {
      Files.delete(file);
    }

    open();

    String path = "/api/v2/projects/" + made.project().id();
    assertThat(http.get(path, ProjectAnswer.class).project().generation()).isGreaterThan(100);
  }

  /// Opening the copy under another name shows what is in it.
  private boolean copyKnows(Path copy, ProjectAnswer made) throws Exception {
    return new String(Files.readAllBytes(copy), StandardCharsets.ISO_8859_1)
        .contains("ready" + made.project().createdAt());
  }

  private interface Request {
    Object send() throws Exception;
  }

  private static void assertRefused(Request request, ProblemCode code) {
    assertThatThrownBy(request::send)
        .isInstanceOfSatisfying(ApiProblem.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
