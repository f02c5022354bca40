package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.ComputeLog;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// §2, §5, §7, §16, §18 and §23: how pages are asked for, what a silent pageserver may and may not
/// stop, how a server is stopped.
class ReadingIT {

  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final int ROWS = 20_000;

  private static Stack stack;
  private static ConnectionSource source;
  private static Pressure pressure;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("reading");
    stack.up();
    pressure = Pressure.on(stack);
    source = stack.source();
    source.execute(
        "create extension if not exists pg_prewarm",
        "create table wide (id int primary key, n int, filler text)",
        "insert into wide select g, (g * 7919) % "
            + ROWS
            + ", repeat('w', 700) from generate_series(1, "
            + ROWS
            + ") g",
        "create index wide_n on wide (n)",
        "vacuum analyze wide");
  }

  @AfterAll
  static void close() {
    pressure.close();
    stack.close();
  }

  @AfterEach
  void nothingWentWrong() throws SQLException {
    stack.up();
    pressure.nothingWentWrong();
  }

  // ---- §7 ----

  /// Who reads here and there gets what it reads and hardly more. §7.
  @Test
  void randomReadsFetchNothingAhead() throws SQLException {
    pressure.evict("wide", "wide_pkey");
    Random random = new Random(TestForm.seed("ReadingIT"));
    int reads = TestForm.choose(600, 10_000);
    try (Connection connection = source.open();
        PreparedStatement select = connection.prepareStatement("select n from wide where id = ?")) {
      select.setInt(1, 1);
      assertThat(select.executeQuery().next()).isTrue(); // reads the catalogs
      long missed = pressure.count("lfc_misses");
      long ahead = pressure.count("read_ahead_blocks");
      for (int i = 0; i < reads; i++) {
        int id = 1 + random.nextInt(ROWS);
        select.setInt(1, id);
        try (ResultSet row = select.executeQuery()) {
          assertThat(row.next()).isTrue();
          assertThat(row.getInt(1)).isEqualTo((int) (id * 7919L % ROWS));
        }
      }
      long demanded = pressure.count("lfc_misses") - missed;
      assertThat(demanded).as("pages that came from the pageserver").isGreaterThan(reads / 2);
      assertThat(pressure.count("read_ahead_blocks") - ahead)
          .as("pages fetched ahead of %d", demanded)
          // the index has few pages, so some of its misses follow each other by chance
          .isLessThanOrEqualTo(demanded / 4);
    }
  }

  /// Each way in which PostgreSQL says what it will want, and the one in which it does not. §7.
  @Test
  void whatWillBeReadIsAskedForAhead() throws SQLException {
    long pages = source.number("select pg_relation_size('wide') / 8192");
    // each page by itself, and there are so many slots for requests ahead
    int slots = 128;
    for (String query :
        List.of(
            "set enable_indexscan = off; set enable_seqscan = off; set effective_io_concurrency ="
                + " 64; select count(filler) from wide where n between 0 and "
                + ROWS / 4,
            "select pg_prewarm('wide', 'prefetch')",
            "analyze wide",
            "set max_parallel_workers_per_gather = 0; select count(filler) from wide")) {
      pressure.evict("wide");
      long ahead = pressure.count("read_ahead_blocks");

      source.execute(query);

      assertThat(pressure.count("read_ahead_blocks") - ahead)
          .as("pages that were asked for ahead of: %s", query)
          .isGreaterThanOrEqualTo(query.contains("prewarm") ? slots : pages / 2);
    }
    assertThat(
            source.string(
                "select count(*) || ' ' || sum(id) from wide where filler = repeat('w', 700)"))
        .isEqualTo(ROWS + " " + ROWS * (ROWS + 1L) / 2);
  }

  /// Read-ahead comes to the end of a relation that is being cut and extended there. §7.
  @Test
  void scansRightAtTheEndOfAGrowingTable() throws SQLException {
    source.execute("create table tail (id int, filler text)");
    int rows = 0;
    for (int round = 0; round < TestForm.choose(4, 40); round++) {
      source.execute(
          "insert into tail select "
              + rows
              + " + g, repeat('t', 900) from generate_series(1, 500) g");
      rows += 500;
      pressure.evict("tail");
      try (PendingStatement writer =
          PendingStatement.send(
              "writer",
              source,
              "",
              "insert into tail select "
                  + rows
                  + " + g, repeat('u', 900) from generate_series(1, 500) g")) {
        rows += 500;
        while (!writer.isAnswered()) {
          assertThat(source.number("select count(*) from tail where filler ~ '^(t+|u+)$'"))
              .isIn((long) rows - 500, (long) rows);
        }
        assertThat(writer.error()).isEmpty();
      }
      source.execute("delete from tail where id > " + (rows - 250), "vacuum tail");
      rows -= 250;
      assertThat(source.string("select count(*) || ' ' || count(distinct id) from tail"))
          .isEqualTo(rows + " " + rows);
    }
  }

  // ---- §5 ----

  /// `test_old_request_lsn`: a page that was last changed long ago, asked for when much was written
  /// since and while more is. §5.
  @Test
  void pageThatWasWrittenLongAgoIsFound() throws SQLException {
    source.execute(
        "create table old (id int, v int)",
        "insert into old select g, 0 from generate_series(1, 200) g",
        "update old set v = 1");
    pressure.evict("old");
    source.execute("create table churn (id int, filler text)");
    for (int i = 0; i < 3; i++) {
      source.execute(
          "insert into churn select g, repeat('c', 900) from generate_series(1, 10000) g",
          "truncate churn");
    }
    assertThat(source.number("select sum(v) from old")).isEqualTo(200);
    pressure.evict("old");
    assertThat(source.number("select sum(v) from old")).isEqualTo(200);
  }

  // ---- §2 and §23 ----

  /// `pageserver_lost_and_transaction_…`: ends of transactions that remove files need no
  /// pageserver, in whichever way they end. Readers wait, can be cancelled and go on. §2, §23.
  @Test
  void silentPageserverStopsReadersOnly() throws SQLException {
    source.execute(
        "create table dropped (id int primary key, filler text)",
        "insert into dropped select g, repeat('d', 500) from generate_series(1, 3000) g",
        "create table emptied as select * from dropped");
    pressure.evict("dropped", "dropped_pkey", "emptied", "wide");
    long pageserver = stack.jvms("PageserverMain").getFirst().pid();
    try (Connection drops = source.open();
        Connection creates = source.open();
        Connection cancelled = source.open();
        Connection watch = source.open();
        Connection gate = source.open()) {
      begin(drops, "drop table dropped", "truncate emptied");
      begin(
          creates,
          "create table undone (id int primary key, t text)",
          "insert into undone values (1, 'x')");
      // nobody can log in while catalogs are away as well
      ConnectionSource.strings(gate, "select pg_advisory_lock(1)");
      PendingStatement reader = PendingStatement.send("reader", source, "", GATED);
      PendingStatement other = PendingStatement.send("other", source, "", GATED);
      assertThat(isWaiting(watch, reader)).isFalse();
      RunningProcess.signal(pageserver, "STOP");
      try (reader;
          other) {
        drops.commit();
        creates.rollback();
        assertThatThrownBy(() ->
                ConnectionSource.strings(
                    cancelled, "set statement_timeout = '300ms'; select count(filler) from wide"))
            .hasMessageContaining("statement timeout");
        gate.abort(Runnable::run);
        awaitWaiting(watch, reader);
        awaitWaiting(watch, other);
        RunningProcess.signal(other.backendPid(), "TERM"); // as pg_terminate_backend
        Awaitility.await("end of one reader").atMost(LIMIT).until(other::isAnswered);
        assertThat(other.error()).isPresent();
        assertThat(reader.isAnswered()).isFalse();
        RunningProcess.signal(pageserver, "CONT");
        Awaitility.await("the other one").atMost(LIMIT).until(reader::isAcknowledged);
      } finally {
        RunningProcess.signal(pageserver, "CONT");
      }
    }
    assertThat(source.number("select sum(id) from wide")).isEqualTo(ROWS * (ROWS + 1L) / 2);
    assertThat(
            source.strings("select relname from pg_class where relname in ('dropped', 'undone')"))
        .isEmpty();
    assertThat(source.number("select count(*) from emptied")).isZero();
  }

  /// Begins to read when session `gate` has ended.
  private static final String GATED =
      "select pg_advisory_lock_shared(1); select count(filler) from wide";

  private static void begin(Connection connection, String... statements) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static void awaitWaiting(Connection watch, PendingStatement statement) {
    Awaitility.await(statement + " for a page")
        .atMost(LIMIT)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .until(() -> isWaiting(watch, statement));
  }

  /// In the wait for a page, or for another session that reads it. Asks without a catalog: their
  /// pages may be away as well.
  private static boolean isWaiting(Connection watch, PendingStatement statement)
      throws SQLException {
    return ConnectionSource.number(
            watch,
            "select count(*) from pg_stat_get_activity("
                + statement.backendPid()
                + ") where wait_event in ('Extension', 'BufferIO')")
        == 1;
  }

  // ---- §16 ----

  /// `test_wp_graceful_shutdown`, with a safekeeper away: the shutdown checkpoint reaches the
  /// others, and the next start needs no record of its own. §16.
  @Test
  void cleanStopNeedsAMajorityOnly() throws Exception {
    source.execute("create table before_stop as select generate_series(1, 1000) id");
    RunningProcess.kill(stack.jvms("SafekeeperMain").getLast().pid());

    ComputeLog log = ComputeLog.of(stack, "main");
    stack.argon("endpoint", "stop", "main").ok();
    String stoppedAt = stoppedAt(log);
    stack.argon("endpoint", "start", "main").ok();
    pressure.reconnect();

    assertThat(source.number("select count(*) from before_stop")).isEqualTo(1000);
    assertThat(stack.computeStatus("main").at("boot_lsn").text())
        .as("it goes on where the stop's own checkpoint ends")
        .isEqualTo(stoppedAt);
    source.execute("insert into before_stop values (1001)");
    stack.up();
    Amcheck.verify(source);
  }

  /// The end of the log of the last clean stop, as the compute told it.
  private static String stoppedAt(ComputeLog log) throws IOException {
    String line = log.lines("ended: stopped, at ").getLast();
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  /// With the quorum away a stop takes its time, and then loses nothing. §16.
  @Test
  @EnabledIfSystemProperty(named = "argon.long", matches = "true")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void stopWithoutAQuorumLosesNothing() throws SQLException {
    source.execute(
        "create table no_quorum (id int primary key)", "insert into no_quorum values (1)");
    List<RunningProcess> safekeepers = new ArrayList<>(stack.jvms("SafekeeperMain"));
    RunningProcess.kill(safekeepers.get(0).pid());
    RunningProcess.kill(safekeepers.get(1).pid());
    try (PendingStatement waits =
        PendingStatement.send("waits", source, "", "insert into no_quorum values (2)")) {
      assertThat(stack.argon("endpoint", "stop", "main").took()).isLessThan(Duration.ofMinutes(2));
      assertThat(waits.isAcknowledged()).isFalse();
    }
    assertThat(stack.postmasters()).isEmpty();
    stack.up();
    stack.argon("endpoint", "start", "main").ok();
    pressure.reconnect();

    assertThat(source.strings("select id from no_quorum where id = 1")).containsExactly("1");
    source.execute("insert into no_quorum values (3)");
  }

  // ---- §18 ----

  /// `test_backpressure`: writers wait for a pageserver that does not follow, and only writers do.
  /// §18.
  @Test
  @EnabledIfSystemProperty(named = "argon.long", matches = "true")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void writersWaitForASlowPageserver() throws SQLException {
    source.execute("create table kept_up (id int)", "insert into kept_up values (1)");
    long pageserver = stack.jvms("PageserverMain").getFirst().pid();
    long waited = pressure.count("throttle_micros");
    RunningProcess.signal(pageserver, "STOP");
    try (PendingStatement writer =
        PendingStatement.send(
            "writer",
            source,
            "",
            "do $$ begin for i in 1..900 loop perform pg_logical_emit_message(false, 'b',"
                + " repeat('b', 1000000)); insert into kept_up values (i); end loop; end $$")) {
      Awaitility.await("the writer is throttled")
          .atMost(Duration.ofMinutes(3))
          .until(() -> pressure.count("throttle_micros") > waited + 1_000_000);
      assertThat(writer.isAnswered()).isFalse();
      assertThat(source.number("select count(*) from kept_up")).isEqualTo(1);
      RunningProcess.signal(pageserver, "CONT");
      Awaitility.await("the writer").atMost(Duration.ofMinutes(5)).until(writer::isAcknowledged);
    } finally {
      RunningProcess.signal(pageserver, "CONT");
    }
    assertThat(source.number("select count(*) from kept_up")).isEqualTo(901);
  }
}
