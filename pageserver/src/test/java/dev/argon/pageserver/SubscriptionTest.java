package dev.argon.pageserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageserver.ingest.IngestLoop;
import dev.argon.pageserver.safekeeper.Safekeepers;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.TimelineKeeper;
import dev.argon.pgwire.tls.ClientTls;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real pageserver and real safekeepers: which timelines it reads, from whom, and what it does
/// when it is told nothing.
@Timeout(120)
class SubscriptionTest {

  private static final TenantId TENANT = new TenantId(1, 1);
  private static final TimelineId MAIN = new TimelineId(0, 1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Well below what it takes until a source counts as silent or as lagging.
  private static final long AT_ONCE_MILLIS = 3_000;

  private static StockCluster cluster;

  @TempDir Path root;
  private final List<RealSafekeeper> safekeepers = new ArrayList<>();
  private Pageserver pageserver;
  private Timeline timeline;

  @BeforeAll
  static void makeCluster() throws Exception {
    cluster = StockCluster.create();
  }

  @AfterAll
  static void deleteCluster() throws IOException {
    cluster.close();
  }

  @BeforeEach
  void startPageserver() throws Exception {
    pageserver = startedPageserver();
    pageserver.tenants().attach(TENANT, 1);
    timeline = pageserver.tenants().importCluster(TENANT, MAIN, cluster.data());
  }

  private Pageserver startedPageserver() throws IOException {
    return Pageserver.start(
        new PageserverConfig(
            7,
            root.resolve("pageserver").toString(),
            "127.0.0.1:0",
            "127.0.0.1:0",
            root.resolve("objects").toString(),
            null,
            null,
            null,
            null,
            8 << 20,
            4 << 20),
        new Safekeepers(7, "", ClientTls.disabled()),
        () -> {
          throw new AssertionError("fsync failed");
        });
  }

  @AfterEach
  void stopAll() throws Exception {
    pageserver.close();
    for (RealSafekeeper safekeeper : safekeepers) {
      safekeeper.close();
    }
  }

  /// Starts safekeepers that have the timeline, and tells the pageserver of them.
  private void withSafekeepers(int count) throws Exception {
    for (int node = 1; node <= count; node++) {
      RealSafekeeper safekeeper = RealSafekeeper.start(node, root);
      safekeepers.add(safekeeper);
      safekeeper.create(TENANT, MAIN, systemId(), new Lsn(timeline.lastRecordLsn()));
    }
    pageserver
        .tenants()
        .safekeepers(
            TENANT,
            MAIN,
            new Membership(1, safekeepers.stream().map(RealSafekeeper::member).toList()));
    eventually(_ -> assertThat(relays().allMatch(r -> r.subscriptionCount() == 1)).isTrue());
  }

  private long systemId() {
    return timeline.origin().systemId();
  }

  private Stream<Relay> relays() {
    return safekeepers.stream().map(RealSafekeeper::relay);
  }

  private IngestLoop ingest() throws Exception {
    return pageserver.tenants().ingest(TENANT, MAIN);
  }

  private LoneProposer proposer(int node, long term) throws Exception {
    return LoneProposer.lead(safekeepers.get(node - 1).pg(), TENANT, MAIN, systemId(), term);
  }

  private void makeDurable() throws IOException {
    TimelineKeeper keeper = new TimelineKeeper(timeline);
    keeper.flush();
    keeper.upload();
  }

  private static void eventually(ThrowingConsumer<Boolean> assertion) {
    Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertion.acceptThrows(true));
  }

  private boolean isIngested(Lsn lsn, long millis) throws InterruptedException {
    return timeline.awaitLsn(lsn.value(), millis);
  }

  /// Does not wait for the LSN: whoever does wakes the stream.
  private void awaitIngestedByItself(Lsn lsn) {
    eventually(_ -> assertThat(timeline.lastRecordLsn()).isEqualTo(lsn.value()));
  }

  private void awaitRest() {
    eventually(_ -> {
      assertThat(ingest().sourceName()).isEmpty();
      assertThat(relays().mapToLong(Relay::streams).sum()).isZero();
    });
  }

  /// A proposer comes, writes and goes; all is made durable, so nothing is left to do.
  private void writeAndRest() throws Exception {
    try (LoneProposer proposer = proposer(1, 1)) {
      awaitIngestedByItself(proposer.write("first"));
      makeDurable();
    }
    awaitRest();
  }

  @Test
  void theStreamOfAnIdleTimelineEndsItsWalIsEvictedAndNewWalWakesIt() throws Exception {
    withSafekeepers(1);
    RealSafekeeper safekeeper = safekeepers.getFirst();
    writeAndRest();
    eventually(_ ->
        assertThat(safekeeper.status(TENANT, MAIN))
            .contains("\"residency\":\"evicted\"")
            .contains("\"walsenders\":[]"));
    assertThat(ingest().problem()).isEmpty();
    assertThat(safekeeper.relay().subscriptionCount()).isEqualTo(1);

    try (LoneProposer proposer = proposer(1, 2)) {
      awaitIngestedByItself(proposer.write("second"));
    }
    assertThat(safekeeper.status(TENANT, MAIN)).contains("\"residency\":\"present\"");
    makeDurable();
    awaitRest();
  }

  /// Its pages must be there before anybody asks for them.
  @Test
  void aTimelineWithAProposerIsReadAlthoughNothingIsWritten() throws Exception {
    withSafekeepers(1);
    Relay relay = safekeepers.getFirst().relay();
    try (LoneProposer proposer = proposer(1, 1)) {
      eventually(_ -> assertThat(relay.streams()).isEqualTo(1));
      makeDurable();
      long before = relay.streamPieces();
      eventually(_ -> assertThat(relay.streamPieces()).isGreaterThan(before + 3));

      assertThat(relay.streamsEver()).isEqualTo(1);
      assertThat(isIngested(proposer.write("first"), AT_ONCE_MILLIS)).isTrue();
      assertThat(relay.streamsEver()).isEqualTo(1);
    }
    makeDurable();
    awaitRest();
  }

  @Test
  void whoWaitsForWalWakesTheStreamWithoutAnyNews() throws Exception {
    withSafekeepers(1);
    Relay relay = safekeepers.getFirst().relay();
    writeAndRest();
    relay.subscriptions(Relay.Subscriptions.HOLD);
    try (LoneProposer proposer = proposer(1, 2)) {
      Lsn end = proposer.write("second");

      assertThat(timeline.lastRecordLsn()).isLessThan(end.value());
      assertThat(isIngested(end, AT_ONCE_MILLIS)).isTrue();
    }
  }

  @Test
  void withoutASubscriptionStreamsStayAndItComesBack() throws Exception {
    withSafekeepers(1);
    Relay relay = safekeepers.getFirst().relay();
    try (LoneProposer proposer = proposer(1, 1)) {
      awaitIngestedByItself(proposer.write("first"));
      relay.subscriptions(Relay.Subscriptions.REFUSE);
      awaitIngestedByItself(proposer.write("second"));
      makeDurable();
    }
    long before = relay.streamPieces();
    // signs of life once a second: it would have ended long ago
    eventually(_ -> assertThat(relay.streamPieces()).isGreaterThan(before + 5));
    assertThat(relay.streams()).isEqualTo(1);
    assertThat(relay.streamsEver()).isEqualTo(1);
    assertThat(relay.subscriptionCount()).isZero();

    relay.subscriptions(Relay.Subscriptions.PASS);

    eventually(_ -> assertThat(relay.subscriptionCount()).isEqualTo(1));
    awaitRest();
    try (LoneProposer proposer = proposer(1, 2)) {
      awaitIngestedByItself(proposer.write("third"));
    }
  }

  @Test
  void aRestingTimelineThatIsToldNothingAnyMoreIsRead() throws Exception {
    withSafekeepers(1);
    Relay relay = safekeepers.getFirst().relay();
    writeAndRest();

    relay.subscriptions(Relay.Subscriptions.REFUSE);

    eventually(_ -> assertThat(relay.streams()).isEqualTo(1));
    relay.subscriptions(Relay.Subscriptions.PASS);
    awaitRest();
  }

  @Test
  void theSafekeeperThatHasMostIsReadAndLeftForOneThatHasMore() throws Exception {
    withSafekeepers(2);
    Lsn second;
    try (LoneProposer proposer = proposer(2, 1)) {
      second = proposer.write("only at the second");
      assertThat(isIngested(second, AT_ONCE_MILLIS)).isTrue();
      assertThat(ingest().sourceName()).startsWith("safekeeper 2 ");
    }
    try (LoneProposer proposer = proposer(1, 1)) {
      Lsn first = proposer.write("only at the second"); // the same WAL
      assertThat(first).isEqualTo(second);

      awaitIngestedByItself(proposer.write("only at the first"));
      assertThat(ingest().sourceName()).startsWith("safekeeper 1 ");
    }
  }

  @Test
  void aPageserverThatComesBackOpensNoStreamsOfIdleTimelines() throws Exception {
    withSafekeepers(1);
    RealSafekeeper safekeeper = safekeepers.getFirst();
    Lsn end;
    try (LoneProposer proposer = proposer(1, 1)) {
      end = proposer.write("first");
      awaitIngestedByItself(end);
      makeDurable();
    }
    awaitRest();
    long streamsBefore = safekeeper.relay().streamsEver();

    pageserver.close();
    pageserver = startedPageserver();
    timeline = pageserver.tenants().timeline(TENANT, MAIN);

    eventually(_ -> assertThat(safekeeper.relay().subscriptionCount()).isEqualTo(1));
    try (LoneProposer proposer = proposer(1, 2)) {
      awaitIngestedByItself(proposer.write("second"));
      assertThat(safekeeper.relay().streamsEver()).isEqualTo(streamsBefore + 1);
    }
  }

  /// Also without a stream, on which it is told as well.
  @Test
  void theSafekeeperIsToldHowFarTimelinesAreDurable() throws Exception {
    withSafekeepers(2);
    Lsn end;
    try (LoneProposer proposer = proposer(2, 1)) {
      end = proposer.write("first");
      assertThat(isIngested(end, AT_ONCE_MILLIS)).isTrue();
      assertThat(ingest().sourceName()).startsWith("safekeeper 2 ");
    }
    makeDurable();

    eventually(_ ->
        assertThat(safekeepers.getFirst().status(TENANT, MAIN))
            .contains("\"remote_consistent_lsn\":\"" + end + "\""));
  }
}
