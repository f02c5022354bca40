package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.tombstone.Tombstones;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Timelines that come to a safekeeper from others, and leave it.
@Timeout(120)
class TransferTest extends SafekeeperFixture {

  private final List<TestSafekeeper> others = new ArrayList<>();

  @AfterEach
  void stopOthers() throws Exception {
    for (TestSafekeeper other : others) {
      other.close();
    }
  }

  private TestSafekeeper startOther(int node) throws Exception {
    TestSafekeeper other = TestSafekeeper.start(node, root);
    others.add(other);
    return other;
  }

  private static String configuration(int generation, int... nodes) {
    StringBuilder members = new StringBuilder();
    for (int node : nodes) {
      members.append(members.isEmpty() ? "" : ",");
      members.append(
          String.format(
              Locale.ROOT, "{\"id\":%d,\"host\":\"127.0.0.1\",\"pg_port\":%d}", node, node));
    }
    return String.format(
        Locale.ROOT,
        "{\"generation\":%d,\"members\":[%s],\"new_members\":null}",
        generation,
        members);
  }

  private static HttpResponse<String> pull(
      TestSafekeeper into, String configuration, TestSafekeeper... donors) throws Exception {
    return pull(
        into, configuration, Stream.of(donors).map(donor -> donor.url("")).toArray(String[]::new));
  }

  private static HttpResponse<String> pull(
      TestSafekeeper into, String configuration, String... donors) throws Exception {
    String hosts = '"' + String.join("\",\"", donors) + '"';
    return into.post(
        "/v1/pull_timeline",
        String.format(
            Locale.ROOT,
            "{\"tenant_id\":\"%s\",\"timeline_id\":\"%s\",\"http_hosts\":[%s],\"mconf\":%s}",
            TestSafekeeper.KEY.tenant(),
            TestSafekeeper.KEY.timeline(),
            hosts,
            configuration));
  }

  private static boolean isNothingLeft(int node, Path root) throws Exception {
    try (var files = Files.list(TestSafekeeper.directory(node, root).resolve("incoming"))) {
      return files.findAny().isEmpty()
          && !Files.exists(TestSafekeeper.timelineDirectory(node, root));
    }
  }

  @Test
  void aPulledTimelineHasTheSameWalTermAndHistory() throws Exception {
    WalText wal = longWal();
    append(wal);
    TestSafekeeper fourth = startOther(4);

    HttpResponse<String> answer = pull(fourth, configuration(2, 1, 2, 4), safekeeper);

    assertThat(answer.body()).isEqualTo("{\"safekeeper_host\":\"" + safekeeper.url("") + "\"}");
    String status = fourth.get(TestSafekeeper.timelinePath()).body();
    assertThat(status).contains("\"generation\":2").contains("\"flush_lsn\":\"" + wal.end() + "\"");
    try (TestProposer proposer = new TestProposer(fourth)) {
      assertThat(proposer.greet().term()).isEqualTo(new Term(1));
    }
    TestSafekeeper first = safekeeper;
    safekeeper = fourth;
    assertThat(streamed(START, wal.end())).isEqualTo(wal.bytes());
    safekeeper = first;
    assertThat(pull(fourth, configuration(2, 1, 2, 4), safekeeper).body())
        .isEqualTo("{}"); // no safekeeper_host: it was here
  }

  @Test
  void aPulledTimelineIsThereAfterARestart() throws Exception {
    WalText wal = longWal();
    append(wal);
    pull(startOther(4), configuration(2, 1, 2, 4), safekeeper);

    others.removeFirst().close();
    TestSafekeeper again = startOther(4);

    assertThat(again.get(TestSafekeeper.timelinePath()).body())
        .contains("\"flush_lsn\":\"" + wal.end() + "\"")
        .contains("\"state\":\"active\"");
  }

  @Test
  void aTimelineNobodyWroteToIsPulled() throws Exception {
    TestSafekeeper fourth = startOther(4);

    assertThat(pull(fourth, configuration(2, 1, 4), safekeeper).statusCode()).isEqualTo(200);

    assertThat(fourth.get(TestSafekeeper.timelinePath()).body())
        .contains("\"flush_lsn\":\"" + START + "\"");
    try (var files = Files.list(TestSafekeeper.timelineDirectory(4, root))) {
      assertThat(files).hasSize(1); // the control file
    }
  }

  @Test
  void theDonorIsTheOneWithTheMostWalOfTheLastTerm() throws Exception {
    TestSafekeeper second = startOther(2);
    second.create(START);
    WalText wal = wal();
    Lsn one = wal.add("first");
    Lsn two = wal.add("second");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(START, one), one);
    }
    try (TestProposer proposer = new TestProposer(second)) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(START, two), one);
    }
    TestSafekeeper fourth = startOther(4);

    HttpResponse<String> answer = pull(fourth, configuration(2, 1, 2, 4), safekeeper, second);

    assertThat(answer.body()).contains(second.url(""));
    assertThat(fourth.get(TestSafekeeper.timelinePath()).body())
        .contains("\"flush_lsn\":\"" + two + "\"");
  }

  @Test
  void withTwoDonorsAwayNothingIsPulled() throws Exception {
    TestSafekeeper second = startOther(2);
    TestSafekeeper third = startOther(3);
    TestSafekeeper fourth = startOther(4);

    HttpResponse<String> answer =
        pull(fourth, configuration(2, 1, 2, 4), safekeeper, second, third);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("only 1 of 3 safekeepers");
    assertThat(isNothingLeft(4, root)).isTrue();
  }

  @Test
  void whoIsNoMemberOrOlderThanTheDonorPullsNothing() throws Exception {
    append(longWal());
    TestSafekeeper fourth = startOther(4);

    assertThat(pull(fourth, configuration(2, 1, 2, 3), safekeeper).statusCode()).isEqualTo(409);
    HttpResponse<String> older = pull(fourth, configuration(1, 1, 2, 4), safekeeper);
    assertThat(older.statusCode()).isEqualTo(409);
    assertThat(older.body()).contains("generation 1");
    assertThat(isNothingLeft(4, root)).isTrue();
  }

  @Test
  void anExcludedSafekeeperForgetsTheTimelineAndTakesItBackOnlyLater() throws Exception {
    append(longWal());
    TestSafekeeper fourth = startOther(4);
    pull(fourth, configuration(2, 1, 2, 4), safekeeper);
    String exclude = TestSafekeeper.timelinePath() + "/exclude";

    assertThat(fourth.put(exclude, configuration(2, 1, 2, 4)).statusCode()).isEqualTo(409);
    assertThat(fourth.put(exclude, configuration(1, 1, 2, 3)).statusCode()).isEqualTo(409);
    assertThat(fourth.put(exclude, configuration(4, 1, 2, 3)).body())
        .isEqualTo("{\"dir_existed\":true}");
    assertThat(fourth.put(exclude, configuration(4, 1, 2, 3)).body())
        .isEqualTo("{\"dir_existed\":false}");
    assertThat(isNothingLeft(4, root)).isTrue();

    HttpResponse<String> tooEarly = pull(fourth, configuration(4, 1, 2, 4), safekeeper);
    assertThat(tooEarly.statusCode()).isEqualTo(409);
    assertThat(tooEarly.body()).contains("was deleted on safekeeper 4 in generation 4");
    others.removeFirst().close();
    assertThat(pull(startOther(4), configuration(5, 1, 2, 4), safekeeper).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aDeletedTimelineIsNotCreatedAgainInItsGeneration() throws Exception {
    assertThat(safekeeper.delete(TestSafekeeper.timelinePath()).body())
        .isEqualTo("{\"dir_existed\":true}");

    restart();

    HttpResponse<String> again =
        safekeeper.post(
            TestSafekeeper.timelinePath(),
            TestSafekeeper.createBody(START, TestSafekeeper.SYSTEM_ID));
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("was deleted");
    assertThat(safekeeper.delete(TestSafekeeper.timelinePath()).body())
        .isEqualTo("{\"dir_existed\":false}");
  }

  /// As if the safekeeper had been killed between the tombstone and the removal of the files.
  @Test
  void aBuriedTimelineIsGoneAfterAStart() throws Exception {
    append(longWal());
    safekeeper.close();
    bury(1, 1);

    safekeeper = TestSafekeeper.start(1, root);

    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).statusCode()).isEqualTo(404);
    assertThat(isNothingLeft(1, root)).isTrue();
  }

  @Test
  void aTimelineThatCameBackIsKeptBesideItsOldTombstone() throws Exception {
    WalText wal = longWal();
    append(wal);
    pull(startOther(4), configuration(5, 1, 2, 4), safekeeper);
    others.removeFirst().close();
    bury(4, 4);

    TestSafekeeper fourth = startOther(4);

    assertThat(fourth.get(TestSafekeeper.timelinePath()).body())
        .contains("\"flush_lsn\":\"" + wal.end() + "\"");
    Files.delete(TestSafekeeper.timelineDirectory(4, root).resolve(ControlFile.NAME));
    others.removeFirst().close();
    assertThat(startOther(4).get(TestSafekeeper.timelinePath()).body())
        .contains("it has no control file"); // damaged, which is not deleted
  }

  /// As if the safekeeper had been killed while it archived or fetched something.
  @Test
  void filesThatWereBeingFetchedAreGoneAfterAStart() throws Exception {
    append(longWal());
    Path left = TestSafekeeper.timelineDirectory(1, root).resolve("fetched-1.segment");
    Files.write(left, new byte[100]);

    restart();

    assertThat(left).doesNotExist();
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
        .contains("\"state\":\"active\"");
  }

  private void bury(int node, int generation) throws Exception {
    new Tombstones(TestSafekeeper.directory(node, root), Clock.systemUTC())
        .leave(TestSafekeeper.KEY, generation);
  }

  @Test
  void aChangeOfTheMembershipIsAnsweredWithWhereTheLogEnds() throws Exception {
    WalText wal = longWal();
    append(wal);
    String path = TestSafekeeper.timelinePath() + "/membership";
    String joint =
        configuration(2, 1, 2, 3)
            .replace("null", "[{\"id\":1,\"host\":\"127.0.0.1\",\"pg_port\":1}]");

    HttpResponse<String> answer = safekeeper.put(path, joint);

    assertThat(answer.body())
        .startsWith("{\"previous_conf\":{\"generation\":1,")
        .contains("\"current_conf\":{\"generation\":2,")
        .contains("\"new_members\":[{\"id\":1,")
        .endsWith("\"term\":1,\"last_log_term\":1,\"flush_lsn\":\"" + wal.end() + "\"}");
    assertThat(safekeeper.put(path, joint).statusCode()).isEqualTo(200);
    assertThat(safekeeper.put(path, configuration(2, 1, 2, 4)).statusCode()).isEqualTo(409);
    assertThat(safekeeper.put(path, configuration(1, 1, 2, 3)).statusCode()).isEqualTo(409);
    assertThat(safekeeper.put(path, configuration(3, 2, 3, 4)).statusCode()).isEqualTo(409);
    assertThat(safekeeper.put(path, "{}").statusCode()).isEqualTo(400);
    restart();
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body()).contains("\"generation\":2");
  }

  @Test
  void aBumpedTermIsKeptAndRefusesLowerProposers() throws Exception {
    String path = TestSafekeeper.timelinePath() + "/term_bump";

    assertThat(safekeeper.post(path, "{\"term\":7}").body())
        .isEqualTo("{\"previous_term\":0,\"current_term\":7}");
    assertThat(safekeeper.post(path, "{\"term\":5}").body())
        .isEqualTo("{\"previous_term\":7,\"current_term\":7}");
    assertThat(safekeeper.post(path, "").body())
        .isEqualTo("{\"previous_term\":7,\"current_term\":8}");
    restart();
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.greet().term()).isEqualTo(new Term(8));
      assertThat(proposer.vote(8).granted()).isFalse();
    }
  }

  /// Neon's own path and body.
  @Test
  void aTimelineIsCreatedWithItsNameInTheBody() throws Exception {
    TestSafekeeper second = startOther(2);
    String body =
        String.format(
            Locale.ROOT,
            "{\"tenant_id\":\"%s\",\"timeline_id\":\"%s\",\"mconf\":%s,\"pg_version\":150020,"
                + "\"system_id\":%d,\"wal_seg_size\":1048576,\"start_lsn\":\"%s\"}",
            TestSafekeeper.KEY.tenant(),
            TestSafekeeper.KEY.timeline(),
            configuration(1, 1, 2, 3),
            TestSafekeeper.SYSTEM_ID,
            START);

    assertThat(second.post("/v1/tenant/timeline", body).statusCode()).isEqualTo(200);
    assertThat(second.post("/v1/tenant/timeline", body).statusCode()).isEqualTo(200);

    assertThat(second.get(TestSafekeeper.timelinePath()).body())
        .contains("\"mconf\":{\"generation\":1")
        .contains("\"acceptor_state\":{\"term\":0,\"epoch\":0");
  }

  /// The donor's term changes while it streams: what has come so far is thrown away.
  @Test
  void aSnapshotBreaksOffWhenTheTermChanges() throws Exception {
    WalText wal = wal();
    for (int i = 0; i < 150; i++) {
      wal.add(new String(random(60_000, i), ISO_8859_1)); // some 90 kB each
    }
    append(wal);
    TestSafekeeper fourth = startOther(4);
    SlowSnapshot.Event anotherWins =
        () -> {
          try (TestProposer proposer = new TestProposer(safekeeper)) {
            proposer.greet();
            assertThat(proposer.vote(7).granted()).isTrue();
          }
        };

    try (SlowSnapshot donor = new SlowSnapshot(safekeeper, anotherWins)) {
      HttpResponse<String> answer = pull(fourth, configuration(2, 1, 2, 4), donor.url());

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(500);
      assertThat(answer.body()).contains("broke off the snapshot");
      assertThat(donor.bytesPassed()).isGreaterThan(200_000);
    }
    assertThat(isNothingLeft(4, root)).isTrue();
    assertThat(pull(fourth, configuration(2, 1, 2, 4), safekeeper).statusCode()).isEqualTo(200);
    try (TestProposer proposer = new TestProposer(fourth)) {
      assertThat(proposer.greet().term()).isEqualTo(new Term(7));
    }
  }
}
