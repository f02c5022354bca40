package dev.argon.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.proposer.ProposerConfiguration;
import dev.argon.compute.proposer.WalProposer;
import dev.argon.compute.spec.StorageSecurity;
import dev.argon.compute.support.ComputeProcess;
import dev.argon.compute.support.FakePageserver;
import dev.argon.compute.support.MemorySafekeeper;
import dev.argon.compute.support.StockCluster;
import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.pgwire.PgClient;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ServerIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A whole compute process with stock PostgreSQL; storage is faked, so every page is there (§15,
/// §16, §18).
class ComputeProcessTest {

  private static final TenantId TENANT = TenantId.random(new Random(1));
  private static final TimelineId TIMELINE = TimelineId.parse(TENANT.toString());
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private Path directory = Path.of("");
  private final List<MemorySafekeeper> safekeepers = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private int starts;

  @BeforeEach
  void makeDirectory() throws Exception {
    directory = Files.createTempDirectory("argon-compute");
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable part : opened.reversed()) {
      part.close();
    }
    for (MemorySafekeeper safekeeper : safekeepers) {
      safekeeper.close();
    }
    StockCluster.run("rm", "-rf", directory.toString());
  }

  private FakePageserver pageserverOf(StockCluster cluster) throws Exception {
    FakePageserver pageserver = FakePageserver.start(cluster);
    opened.add(pageserver);
    return pageserver;
  }

  private void startSafekeepers(FakePageserver pageserver) throws Exception {
    List<MembershipConfiguration.Member> members = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      members.add(new MembershipConfiguration.Member(new NodeId(i), "127.0.0.1", i));
    }
    ControlState created =
        ControlState.create(
            new MembershipConfiguration(1, members, List.of()),
            server(pageserver),
            pageserver.logEnd());
    for (int i = 1; i <= 3; i++) {
      safekeepers.add(
          MemorySafekeeper.start(
              new NodeId(i),
              TENANT,
              TIMELINE,
              created,
              WalLayout.v15(pageserver.control().systemIdentifier())));
    }
  }

  private static ServerIdentity server(FakePageserver pageserver) {
    return new ServerIdentity(
        150_000, pageserver.control().systemIdentifier(), WalLayout.DEFAULT_SEGMENT_SIZE);
  }

  private ComputeProcess start(FakePageserver pageserver, String mode) throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (MemorySafekeeper safekeeper : safekeepers) {
      ports.add(safekeeper.port());
    }
    ComputeProcess compute =
        ComputeProcess.start(
            directory.resolve("start-" + ++starts),
            new ComputeProcess.Order(
                TENANT.toString(),
                TIMELINE.toString(),
                mode,
                pageserver.port(),
                ports,
                "auto_explain"));
    opened.add(compute);
    return compute;
  }

  private ComputeProcess startFresh() throws Exception {
    FakePageserver pageserver = pageserverOf(StockCluster.create(directory));
    startSafekeepers(pageserver);
    return start(pageserver, "\"Primary\"").awaitRunning();
  }

  /// RS-10, CM-1, §15, §16.
  @Test
  void cleanStopEndsInACommittedShutdownCheckpointFromWhichTheNextStartGoesOn() throws Exception {
    ComputeProcess compute = startFresh();
    try (PgClient session = compute.connect()) {
      assertThat(session.query("select count(*) from before").single()).isEqualTo("1000");
      session.query("create table t as select i from generate_series(1, 5000) i");
      assertThat(session.query("show synchronous_standby_names").single()).isEqualTo("walproposer");
      Lsn flushed =
          Lsn.parse(String.valueOf(session.query("select pg_current_wal_flush_lsn()").single()));
      assertThat(safekeepers.stream().filter(s -> s.state().flushLsn().isAtLeast(flushed)).count())
          .isGreaterThanOrEqualTo(2);
    }

    Lsn stopped = Lsn.parse(compute.terminate("fast"));
    assertThat(compute.awaitExit()).isZero();
    assertThat(compute.exitFile()).contains("\"stopped\"", stopped.toString());
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() ->
            assertThat(safekeepers)
                .allSatisfy(s -> assertThat(s.state().commitLsn()).isEqualTo(stopped)));

    FakePageserver later = pageserverOf(StockCluster.ofStopped(compute.data()));
    assertThat(later.logEnd()).isEqualTo(stopped);
    ComputeProcess second = start(later, "\"Primary\"").awaitRunning();
    try (PgClient session = second.connect()) {
      assertThat(session.query("select count(*), max(i) from t").rows().getFirst())
          .isEqualTo(List.of("5000", "5000"));
    }
    assertThat(second.log()).contains("the log ends in a shutdown checkpoint");
    assertThat(second.get("/metrics.json")).contains("total_startup_micros");
    assertThat(second.get("/autoscaling_metrics"))
        .contains("lfc_hits", "lfc_approximate_working_set_size_windows{duration_seconds=\"60\"}")
        .doesNotContain("compute_pages");
    second.signalStop();
    assertThat(second.awaitExit()).isZero();
  }

  /// §15.
  @Test
  void logThatEndsElsewhereGetsACheckpointRecordOfItsOwn() throws Exception {
    FakePageserver pageserver = pageserverOf(StockCluster.create(directory));
    pageserver.denyShutdown();
    startSafekeepers(pageserver);

    ComputeProcess compute = start(pageserver, "\"Primary\"").awaitRunning();

    assertThat(compute.log()).contains("appending a shutdown checkpoint at");
    try (PgClient session = compute.connect()) {
      session.query("create table t as select 1");
      assertThat(session.query("select count(*) from before").single()).isEqualTo("1000");
    }
    // Each safekeeper's decoder has checked the record and those behind it.
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() ->
            assertThat(safekeepers).allSatisfy(s -> assertThat(s.wal().length).isGreaterThan(200)));
    assertThat(safekeepers.get(0).wal()).startsWith(safekeepers.get(1).wal());
  }

  /// §18.
  @Test
  void commitsWaitWithoutAQuorumAndGoOnWithIt() throws Exception {
    ComputeProcess compute = startFresh();
    try (PgClient session = compute.connect();
        PgClient other = compute.connect()) {
      session.query("create table t (i int)");
      safekeepers.get(0).close();
      safekeepers.get(1).close();

      CompletableFuture<Void> committed =
          CompletableFuture.runAsync(() -> {
            try {
              session.query("insert into t values (1)");
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      await()
          .atMost(TIMEOUT)
          .until(() -> compute.get("/status").contains("waiting for a majority"));
      assertThat(committed).isNotDone();
      assertThat(other.query("select count(*) from t").single()).isEqualTo("0");
      assertThat(compute.get("/status")).contains("\"degraded\"");

      safekeepers.set(0, safekeepers.get(0).restarted());

      await().atMost(TIMEOUT).until(committed::isDone);
      committed.join();
      assertThat(other.query("select count(*) from t").single()).isEqualTo("1");
    }
  }

  /// §18.
  @Test
  void safekeeperThatWasAwayGetsAllItMissed() throws Exception {
    ComputeProcess compute = startFresh();
    try (PgClient session = compute.connect()) {
      session.query("create table t (i int, x text)");
      safekeepers.get(2).close();
      // More than the proposer holds in memory, and across segments.
      for (int round = 0; round < 6; round++) {
        session.query("insert into t select i, repeat('y', 500) from generate_series(1, 10000) i");
        session.query("checkpoint");
      }

      safekeepers.set(2, safekeepers.get(2).restarted());

      await()
          .atMost(TIMEOUT)
          .until(() ->
              safekeepers.get(2).state().flushLsn().equals(safekeepers.get(0).state().flushLsn()));
      assertThat(safekeepers.get(2).wal()).isEqualTo(safekeepers.get(0).wal());
    }
  }

  /// §15, §18.
  @Test
  void olderOfTwoProposersStopsItsServer() throws Exception {
    FakePageserver pageserver = pageserverOf(StockCluster.create(directory));
    startSafekeepers(pageserver);
    ComputeProcess compute = start(pageserver, "\"Primary\"").awaitRunning();
    long postmaster = compute.postmasterPid();
    List<HostPort> addresses = new ArrayList<>();
    for (MemorySafekeeper safekeeper : safekeepers) {
      addresses.add(new HostPort("127.0.0.1", safekeeper.port()));
    }

    try (WalProposer newer =
        WalProposer.start(
            new ProposerConfiguration(
                TENANT, TIMELINE, addresses, 1, StorageSecurity.NONE, server(pageserver)),
            end -> {})) {
      assertThat(newer.awaitElected().term()).isEqualTo(2);

      assertThat(compute.awaitExit()).isEqualTo(3);
    }
    assertThat(ProcessHandle.of(postmaster)).isEmpty();
    assertThat(compute.exitFile()).contains("\"fenced\"");
  }

  @Test
  void crashOfOneBackendEndsTheCompute() throws Exception {
    ComputeProcess compute = startFresh();
    try (PgClient session = compute.connect()) {
      String pid = String.valueOf(session.query("select pg_backend_pid()").single());

      StockCluster.run("kill", "-9", pid);

      assertThat(compute.awaitExit()).isEqualTo(5);
    }
    assertThat(compute.exitFile()).contains("\"crash\"");
  }

  /// RS-10.
  @Test
  void serverDoesNotOutliveItsCompute() throws Exception {
    ComputeProcess compute = startFresh();
    long postmaster = compute.postmasterPid();

    compute.kill();

    await().atMost(TIMEOUT).until(() -> ProcessHandle.of(postmaster).isEmpty());
  }

  @Test
  void serverThatIsEndedFromOutsideIsNoCleanStop() throws Exception {
    ComputeProcess compute = startFresh();

    StockCluster.run("kill", "-TERM", Long.toString(compute.postmasterPid()));

    assertThat(compute.awaitExit()).isEqualTo(5);
    assertThat(compute.exitFile()).contains("postgres_ended");
  }

  /// §16.
  @Test
  void immediateStopNeedsNoQuorum() throws Exception {
    ComputeProcess compute = startFresh();
    safekeepers.get(0).close();
    safekeepers.get(1).close();

    compute.terminate("immediate");

    assertThat(compute.awaitExit()).isZero();
  }

  /// §5.
  @Test
  void staticNodeReadsAndDoesNotWrite() throws Exception {
    FakePageserver pageserver = pageserverOf(StockCluster.create(directory));

    ComputeProcess compute =
        start(pageserver, "{\"Static\": \"" + pageserver.logEnd() + "\"}").awaitRunning();

    try (PgClient session = compute.connect()) {
      assertThat(session.query("select count(*) from before").single()).isEqualTo("1000");
      assertThatThrownBy(() -> session.query("create table t (i int)"))
          .hasMessageContaining("read-only");
    }
    compute.signalStop();
    assertThat(compute.awaitExit()).isZero();
  }
}
