package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What safekeepers tell each other, and do without a proposer.
@Timeout(120)
class PeersTest {

  private static final Lsn START = SafekeeperFixture.START;

  @TempDir Path root;
  private final List<TestSafekeeper> safekeepers = new ArrayList<>();

  @BeforeEach
  void startThree() throws Exception {
    StringBuilder members = new StringBuilder();
    for (int node = 1; node <= 3; node++) {
      TestSafekeeper safekeeper = TestSafekeeper.start(node, root);
      safekeepers.add(safekeeper);
      members.append(members.isEmpty() ? "" : ",");
      members.append(
          String.format(
              Locale.ROOT,
              "{\"id\":%d,\"host\":\"127.0.0.1\",\"pg_port\":%d}",
              node,
              safekeeper.pg().port()));
    }
    String body =
        String.format(
            Locale.ROOT,
            "{\"start_lsn\":\"%s\",\"pg_version\":150020,\"system_id\":%d,"
                + "\"wal_seg_size\":1048576,\"generation\":1,\"members\":[%s]}",
            START,
            TestSafekeeper.SYSTEM_ID,
            members);
    for (TestSafekeeper safekeeper : safekeepers) {
      assertThat(safekeeper.post(TestSafekeeper.timelinePath(), body).statusCode()).isEqualTo(200);
    }
  }

  @AfterEach
  void stopAll() throws Exception {
    for (TestSafekeeper safekeeper : safekeepers) {
      safekeeper.close();
    }
  }

  private TestSafekeeper node(int number) {
    return safekeepers.get(number - 1);
  }

  private void append(int node, long term, WalText wal, Lsn commit) throws Exception {
    try (TestProposer proposer = new TestProposer(node(node))) {
      proposer.lead(term);
      append(proposer, term, wal, commit);
    }
  }

  private static void append(TestProposer proposer, long term, WalText wal, Lsn commit)
      throws Exception {
    byte[] bytes = wal.bytes();
    for (int from = 0; from < bytes.length; from += 100_000) {
      byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 100_000));
      proposer.append(term, START.plus(from), piece, commit);
    }
  }

  private void awaitStatus(int node, String part) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(node(node).get(TestSafekeeper.timelinePath()).body()).contains(part));
  }

  private static WalText someWal() {
    WalText wal = SafekeeperFixture.wal();
    for (int i = 0; i < 30; i++) {
      wal.add("record " + i + "x".repeat(20_000));
    }
    return wal;
  }

  @Test
  void aCommitThatNoProposerToldIsHeardFromAPeer() throws Exception {
    WalText wal = someWal();
    append(1, 1, wal, wal.end());
    append(2, 1, wal, START);

    awaitStatus(2, "\"commit_lsn\":\"" + wal.end() + "\"");
  }

  @Test
  void aSafekeeperThatIsBehindFetchesTheWalFromAPeer() throws Exception {
    WalText wal = someWal();
    append(3, 4, wal, wal.end());

    awaitStatus(1, "\"flush_lsn\":\"" + wal.end() + "\"");
    awaitStatus(2, "\"flush_lsn\":\"" + wal.end() + "\"");
    awaitStatus(1, "\"commit_lsn\":\"" + wal.end() + "\"");
    try (TestProposer proposer = new TestProposer(node(1))) {
      assertThat(proposer.greet().term()).isEqualTo(new Term(4));
      var vote = proposer.vote(5);
      assertThat(vote.granted()).isTrue();
      assertThat(vote.history().lastTerm()).isEqualTo(new Term(4));
    }
  }

  /// What a safekeeper has of an older term and nobody committed goes.
  @Test
  void aDivergentTailIsReplacedByThePeersWal() throws Exception {
    WalText lost = SafekeeperFixture.wal();
    lost.add("lost " + "y".repeat(3_000_000));
    append(1, 1, lost, START);
    WalText wal = someWal();
    append(2, 2, wal, wal.end());

    awaitStatus(1, "\"flush_lsn\":\"" + wal.end() + "\"");
    awaitStatus(1, "\"last_log_term\":2");
  }

  @Test
  void whereAProposerIsConnectedNothingIsFetched() throws Exception {
    WalText wal = someWal();
    try (TestProposer present = new TestProposer(node(1))) {
      present.lead(1);
      append(2, 1, wal, wal.end());
      awaitStatus(3, "\"flush_lsn\":\"" + wal.end() + "\""); // others do it meanwhile

      assertThat(node(1).get(TestSafekeeper.timelinePath()).body())
          .contains("\"flush_lsn\":\"" + START + "\"");
    }
    awaitStatus(1, "\"flush_lsn\":\"" + wal.end() + "\"");
  }

  @Test
  void eachPairOfSafekeepersHasOneSubscription() throws Exception {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          assertThat(node(1).get("/metrics").body()).contains("argon_safekeeper_subscriptions 2.0");
          assertThat(node(2).get("/metrics").body()).contains("argon_safekeeper_subscriptions 2.0");
          assertThat(node(3).get("/metrics").body()).contains("argon_safekeeper_subscriptions 2.0");
        });
    String dump = node(2).get("/v1/debug_dump").body();
    assertThat(dump).contains("\"safekeeper 1\"").contains("\"safekeeper 3\"");
    assertThat(node(2).get("/v1/utilization").body()).isEqualTo("{\"timeline_count\":1}");
  }

  @Test
  void aTimelinesMetricsAreThereWhileSomebodyIsConnected() throws Exception {
    WalText wal = someWal();
    String name =
        "argon_safekeeper_timeline_flush_lsn{tenant_id=\""
            + TestSafekeeper.KEY.tenant()
            + "\",timeline_id=\""
            + TestSafekeeper.KEY.timeline()
            + "\"}";
    try (TestProposer proposer = new TestProposer(node(1))) {
      proposer.lead(1);
      append(proposer, 1, wal, wal.end());

      assertThat(node(1).get("/metrics").body())
          .contains(name)
          .contains("argon_safekeeper_appended_bytes_total " + (double) wal.bytes().length)
          .contains("argon_safekeeper_flush_seconds_count")
          .contains("argon_safekeeper_timelines{state=\"connected\"} 1.0");
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(node(1).get("/metrics").body()).doesNotContain(name));
  }
}
