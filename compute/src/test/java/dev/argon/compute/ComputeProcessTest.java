package dev.argon.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.support.ComputeProcess;
import dev.argon.compute.support.FakePageserver;
import dev.argon.compute.support.MemorySafekeeper;
import dev.argon.compute.support.StockCluster;
import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A whole compute process with stock PostgreSQL; storage is faked, so every page is there.
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
    second.signalStop();
    assertThat(second.awaitExit()).isZero();
  }
}
