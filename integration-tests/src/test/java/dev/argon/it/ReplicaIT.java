package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.it.check.Pgbench;
import dev.argon.it.check.TpcbLoad;
import dev.argon.it.check.Witness;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.CacheCounters;
import dev.argon.it.stack.ComputeLog;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.LostSafekeeper;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import dev.argon.it.stack.TestForm;
import dev.argon.postgres.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Hot standby computes: they show what the primary commits, whatever happens to anybody, with so
/// little memory and cache that pages come and go all the time.
class ReplicaIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SCALE = 1;
  private static final List<String> TABLES = List.of("accounts", "branches", "tellers", "history");

  /// With feedback the primary spares what snapshots here still need: else replay waits for long
  /// queries, and rows come late.
  private static final List<String> SMALL =
      List.of(
          "neon.file_cache_size_limit=2MB",
          "shared_buffers=1MB",
          "hot_standby_feedback=on",
          "log_recovery_conflict_waits=on",
          "deadlock_timeout=200ms");

  private static Stack stack;
  private static ConnectionSource primary;
  private static ConnectionSource replica;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("replica");
    stack.up();
    // more than a replica's own defaults: it has to follow
    stack.set("max_connections=120", "max_prepared_transactions=10");
    primary = stack.source();
    primary.execute("create extension amcheck", "create extension pg_visibility");
    new Pgbench(primary).initialize(SCALE);
    // Giving back the end of a table locks it on any standby too: replay waits for readers.
    for (String table : TABLES) {
      primary.execute("alter table pgbench_" + table + " set (vacuum_truncate = off)");
    }
    replica = create("replica", SMALL);
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  private static ConnectionSource create(String name, List<String> settings) {
    stack.argon("endpoint", "create", name, "--read-only").ok();
    if (!settings.isEmpty()) {
      List<String> words = new ArrayList<>(List.of("endpoint", "set", name));
      words.addAll(settings);
      stack.argon(words.toArray(String[]::new)).ok();
    }
    stack.argon("endpoint", "start", name).ok();
    return stack.source(name);
  }

  private static void restart(String endpoint) {
    stack.argon("endpoint", "stop", endpoint).ok();
    stack.argon("endpoint", "start", endpoint).ok();
  }

  /// Waits until a replica shows everything that the primary has written by now.
  private static void awaitCaughtUp(ConnectionSource follower) throws SQLException {
    Lsn end = Lsn.parse(primary.string("select pg_current_wal_flush_lsn()"));
    await("replay up to " + end)
        .atMost(LIMIT)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() ->
            Lsn.parse(follower.string("select coalesce(pg_last_wal_replay_lsn(), '0/0')"))
                .isAtLeast(end));
  }

  private static String sum(String table) {
    return "select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from "
        + table
        + " t";
  }

  /// Nobody writes: every table must be the same.
  private static void verifyTables(ConnectionSource follower) throws SQLException {
    awaitCaughtUp(follower);
    for (String table : TABLES) {
      String query = sum("pgbench_" + table);
      assertThat(follower.string(query)).as(table).isEqualTo(primary.string(query));
    }
  }

  // ---- under load ----

  /// Of one snapshot: what pgbench moves about must add up, by whatever way it is read.
  private static long verifySnapshot(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("begin isolation level repeatable read");
      List<String> sums =
          ConnectionSource.strings(
              connection,
              """
              select coalesce(sum(abalance), 0) from pgbench_accounts
              union all select coalesce(sum(tbalance), 0) from pgbench_tellers
              union all select coalesce(sum(bbalance), 0) from pgbench_branches
              union all select coalesce(sum(delta), 0) from pgbench_history
              """);
      assertThat(sums.stream().distinct())
          .as("accounts, tellers, branches, history: %s", sums)
          .hasSize(1);
      statement.execute("set local enable_seqscan = off");
      statement.execute("set local enable_bitmapscan = off");
      assertThat(
              ConnectionSource.number(
                  connection, "select count(*) from pgbench_accounts where aid > 0"))
          .as("accounts by their index")
          .isEqualTo(100_000L * SCALE);
      assertThat(
              ConnectionSource.number(
                  connection, "select count(*) from pgbench_tellers where tid > 0"))
          .as("tellers by their index")
          .isEqualTo(10L * SCALE);
      statement.execute("reset enable_seqscan");
      long rows = ConnectionSource.number(connection, "select count(*) from pgbench_history");
      statement.execute("commit");
      return rows;
    }
  }

  /// What a replica needs has come to the primary by way of safekeeper and proposer.
  private static void awaitFeedback() {
    await("feedback")
        .atMost(LIMIT)
        .until(() ->
            primary
                .string(
                    "select xmin is not null from pg_replication_slots"
                        + " where slot_name = 'walproposer'")
                .equals("t"));
  }

  /// §5, §17.
  @Test
  @Timeout(value = 25, unit = TimeUnit.MINUTES)
  void committedRowsAreVisibleWithinASecondAndEverySnapshotAddsUp() throws Exception {
    stack.awaitServer(replica);
    awaitFeedback();
    long begin = System.nanoTime();
    long length = TimeUnit.SECONDS.toNanos(TestForm.choose(60, 600));
    CacheCounters before = CacheCounters.of(stack, "replica");
    int snapshots = 0;
    long historyRows = 0;
    Witness.Delays delays;
    try (TpcbLoad load = new TpcbLoad(new Pgbench(primary), 4);
        Witness witness = new Witness(primary, replica);
        Connection reader = replica.open()) {
      load.start();
      witness.start();
      while (System.nanoTime() - begin < length) {
        long rows = verifySnapshot(reader);
        assertThat(rows).as("rows of the history").isGreaterThanOrEqualTo(historyRows);
        historyRows = rows;
        snapshots++;
      }
      delays = witness.stop();
      long processed = load.stop();
      System.out.printf(
          "ReplicaIT: %d transactions, %d snapshots, %s%n", processed, snapshots, delays);
      ComputeLog.of(stack, "replica").lines("recovery conflict").forEach(System.out::println);
    }
    verifyTables(replica);
    CacheCounters after = CacheCounters.of(stack, "replica");
    Map<String, Double> metrics = stack.computeMetrics("replica");
    System.out.printf(
        "ReplicaIT: %s, before: %s, fetched %s%n",
        after, before, metrics.get("compute_pages{counter=\"getpage_installed_pages\"}"));
    assertThat(after.evicted() - before.evicted()).isGreaterThan(1000);
    assertThat(after.unexpectedZeroPages()).isZero();
    assertThat(delays.rows()).isGreaterThan(50);
    assertThat(delays.p99Micros()).as("99 of 100 rows").isLessThan(1_000_000);
    assertThat(delays.maxMicros()).as("each row").isLessThan(TestForm.choose(5_000_000, 1_000_000));
    verifyIndexes(replica);
  }

  private static void verifyIndexes(ConnectionSource follower) throws SQLException {
    assertThat(
            follower.strings(
                "select c.oid::regclass, bt_index_check(c.oid, c.relpersistence = 'p' and not"
                    + " i.indisexclusion) from pg_index i join pg_class c on c.oid = i.indexrelid"
                    + " where c.relam = 403 and i.indisvalid and c.relpersistence = 'p'"))
        .hasSizeGreaterThan(100);
    for (String table : TABLES) {
      assertThat(follower.strings("select pg_check_visible('pgbench_" + table + "')"))
          .as("visibility map of %s", table)
          .isEmpty();
    }
  }

  /// The pages that replay made against those that the pageserver made, at every read. IC-7, LS-1,
  /// §5, §17.
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void pagesAreThePageserversInCompareMode() throws Exception {
    List<String> settings = new ArrayList<>(SMALL);
    settings.add("neon.debug_compare_local=all");
    ConnectionSource compared = create("compared", settings);
    awaitFeedback();
    try (TpcbLoad load = new TpcbLoad(new Pgbench(primary), 2);
        Connection reader = compared.open()) {
      load.start();
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(TestForm.choose(15, 120))) {
        long _ = verifySnapshot(reader);
      }
      primary.execute("vacuum pgbench_accounts");
      long _ = load.stop();
      verifyTables(compared);
    }
    Map<String, Double> metrics = stack.computeMetrics("compared");
    assertThat(metrics.get("compute_pages{counter=\"compare_differences\"}")).isZero();
    assertThat(metrics.get("compute_pages{counter=\"compare_asked\"}")).isGreaterThan(1000);
    System.out.printf(
        "ReplicaIT: compared %s%n", metrics.get("compute_pages{counter=\"compare_asked\"}"));
    stack.argon("endpoint", "delete", "compared").ok();
  }

  /// What it costs that replay fetches every page it changes, with next to no cache. Printed, for
  /// `docs/benchmarks.md`; nobody reads meanwhile. §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void replayWithoutACacheKeepsUpWithPgbench() throws Exception {
    stack.awaitServer(replica);
    awaitCaughtUp(replica);
    long startup =
        replica.number("select pid from pg_stat_activity where backend_type = 'startup'");
    Duration cpuBefore = cpu(startup);
    double fetchedBefore = fetched();
    Lsn before = Lsn.parse(primary.string("select pg_current_wal_flush_lsn()"));

    Pgbench.Run run = new Pgbench(primary).tpcb(4, TestForm.choose(15, 60));
    long end = System.nanoTime();
    Lsn after = Lsn.parse(primary.string("select pg_current_wal_flush_lsn()"));
    awaitCaughtUp(replica);

    System.out.printf(
        "ReplicaIT: replay of %d transactions (%.0f a second), for each: %.2f pages fetched,"
            + " %.0f us of CPU, %d bytes of WAL; caught up %d ms after the last%n",
        run.processed(),
        run.tps(),
        (fetched() - fetchedBefore) / run.processed(),
        cpu(startup).minus(cpuBefore).toNanos() / 1e3 / run.processed(),
        after.bytesAfter(before) / run.processed(),
        (System.nanoTime() - end) / 1_000_000);
    assertThat(fetched() - fetchedBefore).as("pages fetched").isPositive();
    verifyTables(replica);
  }

  private static double fetched() {
    return Objects.requireNonNull(
        stack.computeMetrics("replica").get("compute_pages{counter=\"getpage_installed_pages\"}"));
  }

  private static Duration cpu(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow();
  }

  // ---- where it begins ----

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void whatIsOpenWhereItBeginsIsSeenWhenItCommits() throws Exception {
    primary.execute("drop table if exists opened", "create table opened (who text, n int)");
    try (Connection committing = primary.open();
        Connection aborting = primary.open();
        Statement commits = committing.createStatement();
        Statement aborts = aborting.createStatement()) {
      commits.execute("begin");
      commits.execute("insert into opened values ('top', 0)");
      for (int i = 1; i <= 30; i++) {
        commits.execute("savepoint s");
        commits.execute("insert into opened values ('sub', " + i + ")");
        commits.execute(i % 3 == 0 ? "rollback to savepoint s" : "release savepoint s");
      }
      aborts.execute("begin");
      aborts.execute("insert into opened values ('never', 0)");
      primary.execute("begin; insert into opened values ('prepared', 0); prepare transaction 'p'");
      primary.execute("insert into opened values ('before', 0)", "checkpoint");
      Lsn redo = Lsn.parse(primary.string("select redo_lsn from pg_control_checkpoint()"));
      awaitIngested(Lsn.parse(primary.string("select pg_current_wal_flush_lsn()")));

      restart("replica");

      assertThat(Lsn.parse(stack.computeStatus("replica").at("boot_lsn").text()).isAtLeast(redo))
          .as("it begins at the last checkpoint")
          .isTrue();
      awaitCaughtUp(replica);
      assertThat(replica.strings("select who from opened")).containsExactly("before");
      commits.execute("savepoint t");
      commits.execute("insert into opened values ('later', 0)");
      commits.execute("commit");
      aborts.execute("rollback");
      awaitCaughtUp(replica);
      assertThat(replica.strings("select who || count(*) from opened group by who order by who"))
          .containsExactly("before1", "later1", "sub20", "top1");
      primary.execute("commit prepared 'p'");
      awaitCaughtUp(replica);
      assertThat(replica.string("select count(*) from opened where who = 'prepared'"))
          .isEqualTo("1");
    }
    assertThat(replica.number("show max_prepared_transactions")).isGreaterThanOrEqualTo(10);
    assertThat(replica.number("show max_connections")).isGreaterThanOrEqualTo(120);
  }

  private static void awaitIngested(Lsn lsn) {
    await("ingestion of " + lsn)
        .atMost(LIMIT)
        .until(() ->
            stack.processes("pageserver").getFirst().all().at("timelines").list().stream()
                .map(timeline -> timeline.at("lsns").at("last_record_lsn").text())
                .anyMatch(last -> Lsn.parse(last).isAtLeast(lsn)));
  }

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void branchWithoutAPrimaryIsFollowedFromItsBeginning() throws Exception {
    primary.execute("drop table if exists branched", "create table branched (n int)");
    try (Connection open = primary.open();
        Statement statement = open.createStatement()) {
      statement.execute("begin");
      statement.execute("insert into branched values (1)");
      primary.execute("insert into branched values (2)");
      stack.argon("branch", "create", "young").ok();
      statement.execute("commit");
    }
    stack.argon("endpoint", "create", "young-replica", "--branch", "young", "--read-only").ok();
    stack.argon("endpoint", "start", "young-replica").ok();
    ConnectionSource follower = stack.source("young-replica");
    assertThat(follower.strings("select n from branched")).containsExactly("2");

    stack.argon("endpoint", "create", "young", "--branch", "young").ok();
    stack.argon("endpoint", "start", "young").ok();
    stack.source("young").execute("insert into branched values (3)");

    await("the first primary's row")
        .atMost(LIMIT)
        .until(
            () -> follower.strings("select n from branched order by n").equals(List.of("2", "3")));
    stack.argon("branch", "delete", "young").ok();
  }

  /// §5.
  @Test
  void endpointAtAnLsnStaysThere() throws Exception {
    primary.execute("drop table if exists stays", "create table stays as select 1 n");
    String lsn = primary.string("select pg_current_wal_flush_lsn()");
    stack.argon("endpoint", "create", "past", "--read-only", "--at", lsn).ok();
    stack.argon("endpoint", "start", "past").ok();
    primary.execute("insert into stays values (2)");

    assertThat(stack.source("past").strings("select n from stays")).containsExactly("1");
    assertThat(stack.computeStatus("past").at("mode").text()).startsWith("Static");
    stack.argon("endpoint", "delete", "past").ok();
  }

  // ---- what it survives ----

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void killedReplicaComesBackByItselfAndCatchesUp() throws Exception {
    try (TpcbLoad load = new TpcbLoad(new Pgbench(primary), 2)) {
      load.start();
      long pid = stack.compute("replica").pid();
      RunningProcess.kill(pid);
      await("another compute")
          .atMost(LIMIT)
          .ignoreExceptionsInstanceOf(AssertionError.class)
          .until(() -> stack.compute("replica").pid() != pid);
      stack.awaitServer(replica);
      try (Connection reader = replica.open()) {
        long _ = verifySnapshot(reader);
      }
      long _ = load.stop();
    }
    verifyTables(replica);
  }

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void primaryStopsCrashesAndComesBackUnderAFollowingReplica() throws Exception {
    stack.awaitServer(replica);
    String started = replica.string("select pg_postmaster_start_time()");
    primary.execute("drop table if exists lives", "create table lives (n int)");
    primary.execute("insert into lives values (1)");

    restart("main");
    primary.execute("insert into lives values (2)");
    awaitCaughtUp(replica);
    assertThat(replica.string("select count(*) from lives")).isEqualTo("2");

    long pid = stack.compute("main").pid();
    RunningProcess.kill(pid);
    await("another primary")
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(AssertionError.class)
        .until(() -> stack.compute("main").pid() != pid);
    stack.awaitServer(primary);
    primary.execute("insert into lives values (3)");
    awaitCaughtUp(replica);
    assertThat(replica.string("select count(*) from lives")).isEqualTo("3");
    assertThat(replica.string("select pg_postmaster_start_time()")).isEqualTo(started);
  }

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void deathOfTheSafekeeperItReadsFromIsMadeUpForByAnother() throws Exception {
    stack.awaitServer(replica);
    primary.execute("drop table if exists kept", "create table kept (n int)");
    awaitCaughtUp(replica);
    String port = replica.string("select sender_port from pg_stat_wal_receiver");
    StackProcess feeding =
        stack.processes("safekeeper").stream()
            .filter(process -> process.addresses().containsValue("127.0.0.1:" + port))
            .findFirst()
            .orElseThrow();

    RunningProcess.kill(feeding.pid());
    primary.execute("insert into kept values (1)");

    awaitCaughtUp(replica);
    assertThat(replica.string("select count(*) from kept")).isEqualTo("1");
    assertThat(replica.string("select sender_port from pg_stat_wal_receiver")).isNotEqualTo(port);
    stack.up();
  }

  /// The one it would rather read from was dead when the server looked for one; the one it took
  /// lives, and has lost the primary.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void sourceThatLivesWithoutThePrimaryIsLeftForOneThatHasIt() throws Exception {
    stack.awaitServer(replica);
    primary.execute("drop table if exists moved", "create table moved (n int)");
    awaitCaughtUp(replica);
    StackProcess dead = stack.processes("safekeeper").getFirst();
    try (LostSafekeeper lost =
        LostSafekeeper.start(
            primary.string("select system_identifier from pg_control_system()"),
            Lsn.parse(primary.string("select pg_current_wal_flush_lsn()")))) {
      RunningProcess.kill(dead.pid());
      lost.becomeSecondAfter(dead, stack, "replica");
      await("the server follows the lost one")
          .atMost(LIMIT)
          .until(() -> sender().equals(Integer.toString(lost.port())));
      stack.argon("endpoint", "set", "replica", "neon.file_cache_size_limit=3MB").ok();
      stack.up();

      primary.execute("insert into moved values (1)");
      awaitCaughtUp(replica);

      assertThat(replica.string("select count(*) from moved")).isEqualTo("1");
      assertThat(dead.addresses()).containsValue("127.0.0.1:" + sender());
      assertThat(replica.string("show neon.file_cache_size_limit"))
          .as("what was told before the source changed")
          .isEqualTo("3MB");
    } finally {
      stack.argon("endpoint", "set", "replica", "neon.file_cache_size_limit=2MB").ok();
      restart("replica");
    }
  }

  private static String sender() throws SQLException {
    return replica.string("select coalesce(max(sender_port)::text, '') from pg_stat_wal_receiver");
  }

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void promotedReplicaKeepsNothingAndComesBackAsAReplica() throws Exception {
    stack.awaitServer(replica);
    primary.execute("drop table if exists kept_apart", "create table kept_apart (n int)");
    awaitCaughtUp(replica);
    String started = replica.string("select pg_postmaster_start_time()");

    assertThat(PromotedReplica.commits(replica, LIMIT))
        .as("commits of a promoted replica")
        .isZero();

    await("a replica again")
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() ->
            replica
                .string(
                    "select pg_is_in_recovery() and pg_postmaster_start_time() > '" + started + "'")
                .equals("t"));
    primary.execute("insert into kept_apart values (1)");
    awaitCaughtUp(replica);
    assertThat(replica.strings("select n from kept_apart")).containsExactly("1");
  }

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void relationsAndDatabasesComeAndGo() throws Exception {
    stack.awaitServer(replica);
    primary.execute(
        "drop table if exists cut",
        "create table cut as select g n, repeat('c', 400) filler from generate_series(1, 20000) g",
        "create index on cut (n)",
        "create unlogged table loose as select 1 n",
        "create database other");
    primary.database("other").execute("create table here as select generate_series(1, 1000) n");
    awaitCaughtUp(replica);
    assertThat(replica.string("select count(*) from cut where filler like 'c%'"))
        .isEqualTo("20000");
    assertThat(replica.database("other").string("select count(*) from here")).isEqualTo("1000");
    double known = chunksInUse();

    primary.execute(
        "delete from cut where n > 5000",
        "vacuum cut",
        "insert into cut select g, 'again' from generate_series(5001, 9000) g",
        "drop table loose",
        "drop database other with (force)");
    awaitCaughtUp(replica);
    assertThat(replica.string(sum("cut"))).isEqualTo(primary.string(sum("cut")));
    primary.execute("truncate cut", "insert into cut values (1, 'new')");
    awaitCaughtUp(replica);
    assertThat(replica.strings("select filler from cut")).containsExactly("new");
    assertThat(replica.strings("select datname from pg_database")).doesNotContain("other");
    // one relation at least has a chunk for itself; replay tells nobody that they are gone
    await("the dropped database's relations are forgotten")
        .atMost(LIMIT)
        .until(() -> chunksInUse() < known - 100);
    assertThat(replica.strings("select filler from cut")).containsExactly("new");
  }

  private static double chunksInUse() {
    return Objects.requireNonNull(
        stack.computeMetrics("replica").get("block_map_num_buckets_in_use"));
  }

  /// §17.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void twoReplicasFollowAndStatusTellsHowFarTheyAre() throws Exception {
    ConnectionSource second = create("second", List.of());
    primary.execute("drop table if exists both_seen", "create table both_seen as select 1 n");
    awaitCaughtUp(second);
    stack.awaitServer(replica);
    awaitCaughtUp(replica);
    assertThat(second.string("select count(*) from both_seen")).isEqualTo("1");
    assertThat(replica.string("select count(*) from both_seen")).isEqualTo("1");

    Json status = stack.computeStatus("second");
    assertThat(status.at("mode").text()).isEqualTo("Replica");
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(stack.argon("status").ok().out()).contains("replay_lsn"));
    assertThat(stack.argon("endpoint", "list").ok().out()).contains("second");
    assertThat(stack.compute("second").health()).isEqualTo("ok");
    stack.argon("endpoint", "delete", "second").ok();
    assertThat(stack.processes("compute")).noneMatch(process -> process.name().equals("second"));
    primary.execute("drop table both_seen");
  }
}
