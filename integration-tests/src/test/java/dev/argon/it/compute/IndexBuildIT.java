package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// §9 and §3: index builds that write pages first and log them at the end, with a hundred buffers
/// and no file cache, so that their pages come and go in the middle. Each index answers as its
/// table does: right after the build, from the pageserver's pages, and on a new server.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IndexBuildIT {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long FEW_PAGES = 16 * 8192;

  /// A kind of build.
  enum Build {
    GIN("using gin (tags)", "tags @> array[7, 13]", true),
    GIN_WITH_PENDING_LIST(
        "using gin (tags) with (fastupdate = on, gin_pending_list_limit = 64)",
        "tags @> array[8, 15]",
        true),
    GIST_SORTED("using gist (p)", "p <@ box '(100, 100), (300, 300)'", true),
    GIST_BUFFERED(
        "using gist (p) with (buffering = on, fillfactor = 50)",
        "p <@ box '(50, 500), (300, 900)'",
        true),
    GIST_RANGES("using gist (r) with (buffering = auto)", "r && int4range(5000, 5100)", true),
    SPGIST_POINTS(
        "using spgist (p) with (fillfactor = 25)", "p <@ box '(200, 100), (400, 300)'", true),
    SPGIST_TEXTS("using spgist (t)", "t like 'ab%'", true),
    HASH("using hash (t)", "t = (select t from built where id = 77)", false),
    BRIN("using brin (id) with (pages_per_range = 2)", "id between 700 and 900", false),
    BTREE("using btree (t, id)", "t between 'a' and 'b'", false);

    private final String definition;
    private final String condition;

    /// Whether it writes pages before it logs them.
    private final boolean unlogged;

    Build(String definition, String condition, boolean unlogged) {
      this.definition = definition;
      this.condition = condition;
      this.unlogged = unlogged;
    }

    String index() {
      return "built_" + name().toLowerCase(java.util.Locale.ROOT);
    }

    void compare() throws SQLException {
      pressure.sameByIndex(index(), "select id from built where " + condition + " order by id");
    }
  }

  /// Of single builds it is chance whether somebody wants space at the right moment.
  private static long keptUnlogged;

  private static Stack stack;
  private static ConnectionSource source;
  private static Pressure pressure;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("build");
    stack.up();
    pressure = Pressure.on(stack, "neon.debug_compare_local=all", "maintenance_work_mem=1MB");
    source = stack.source();
    source.execute(
        "create table built (id int, tags int[], p point, r int4range, t text)",
        "insert into built select g, array[g % 10, g % 17, g % 1000, g],"
            + " point((g * 7919) % 1000 + 0.5, (g * 104729) % 1000),"
            + " int4range(g, g + g % 50 + 1), md5(g::text) from generate_series(1, "
            + TestForm.choose(12_000, 100_000)
            + ") g",
        "vacuum analyze built");
  }

  @AfterAll
  static void close() {
    pressure.close();
    stack.close();
  }

  @AfterEach
  void nothingWentWrong() {
    pressure.nothingWentWrong();
  }

  /// `test_gist`, `neon-spgist`, `test_gin_redo`, and the builds that log as they go. LS-5, §9.
  @ParameterizedTest
  @EnumSource
  @Order(1)
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void indexAnswersAsItsTable(Build build) throws SQLException {
    long kept = pressure.count("verdict_keep_low_lsn");
    long dropped = pressure.count("verdict_drop");

    source.execute("create index " + build.index() + " on built " + build.definition);

    long keptNow = pressure.count("verdict_keep_low_lsn");
    System.out.printf(
        "IndexBuildIT: %s: kept %d times, dropped %d pages%n",
        build, keptNow - kept, pressure.count("verdict_drop") - dropped);
    if (build.unlogged) {
      keptUnlogged += keptNow - kept;
    }
    build.compare();
    changeRows(build);
    pressure.push(build.index());
    build.compare();
    source.execute("vacuum built");
    pressure.push(build.index(), "built");
    build.compare();
    // the new file must hide nothing that the old one has
    source.execute("reindex index concurrently " + build.index());
    pressure.push(build.index());
    build.compare();
  }

  private static void changeRows(Build build) throws SQLException {
    int remainder = List.of(Build.values()).indexOf(build);
    source.execute(
        "update built set t = md5(t), p = point(p[1], p[0]) where id % 20 = " + remainder,
        "delete from built where id % 200 = " + remainder,
        "insert into built select 1000000 + id, tags, p, r, t from built where id % 50 = "
            + remainder);
  }

  /// After everything is gone that a build may have left in files. §9.
  @Test
  @Order(2)
  void indexesAnswerAsTheirTablesOnANewServer() throws SQLException {
    assertThat(keptUnlogged).as("pages that were not logged yet were looked at").isPositive();
    stack.killAllAndDeleteCaches(new Random(9));
    stack.up();
    pressure.reconnect();
    for (Build build : Build.values()) {
      build.compare();
    }
    Amcheck.verifyAlone(source);
  }

  /// The error comes when most of the index is written. §9.
  @ParameterizedTest
  @EnumSource(names = {"GIN", "GIST_SORTED", "GIST_BUFFERED", "SPGIST_POINTS"})
  @Order(3)
  void buildThatFailsLeavesNothing(Build build) throws SQLException {
    source.execute(
        """
        create or replace function fails_at(id int, last int) returns bool
        language plpgsql immutable as $$
        begin
          if id = last then raise exception 'late'; end if;
          return true;
        end $$
        """);
    String last = source.string("select id from built order by ctid desc limit 1");
    String before = source.string("select pg_cluster_size()");
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("create table beside as select 1 i");
      org.assertj.core.api.Assertions.assertThatThrownBy(() ->
              statement.execute(
                  "create index failed on built "
                      + build.definition
                      + " where fails_at(id, "
                      + last
                      + ")"))
          .hasMessageContaining("late");
      connection.rollback();
    }

    assertThat(source.strings("select 1 from pg_class where relname in ('failed', 'beside')"))
        .isEmpty();
    Awaitility.await("the files are gone")
        .atMost(LIMIT)
        .untilAsserted(() ->
            assertThat(source.number("select pg_cluster_size()"))
                .isLessThanOrEqualTo(Long.parseLong(before) + (1 << 20)));
    pressure.push("built");
    build.compare();
  }

  /// SIGKILL while pages are written that no record describes: the build waits for a lock at its
  /// last row. §9.
  @ParameterizedTest
  @EnumSource(names = {"GIN", "GIST_BUFFERED", "SPGIST_POINTS"})
  @Order(4)
  void buildThatIsKilledLeavesNothing(Build build) throws SQLException {
    source.execute(
        """
        create or replace function waits_at(id int, last int) returns bool
        language plpgsql immutable as $$
        begin
          if id = last then perform pg_advisory_xact_lock(9); end if;
          return true;
        end $$
        """);
    String again = build.index() + "_again";
    String create = "create index " + again + " on built " + build.definition;
    String last = source.string("select id from built order by ctid desc limit 1");
    long before = source.number("select pg_cluster_size()");
    try (Connection lock = source.open()) {
      ConnectionSource.strings(lock, "select pg_advisory_lock(9)");
      try (PendingStatement creation =
          PendingStatement.send(
              "build", source, "", create + " where waits_at(id, " + last + ")")) {
        Awaitility.await("pages of the build are in the files")
            .atMost(LIMIT)
            .pollInterval(20, TimeUnit.MILLISECONDS)
            .failFast(() -> assertThat(creation.isAnswered()).isFalse())
            .until(() ->
                ConnectionSource.number(lock, "select pg_cluster_size()") > before + FEW_PAGES
                    && ConnectionSource.number(
                            lock,
                            "select count(*) from pg_locks where locktype = 'advisory'"
                                + " and not granted")
                        == 1);
        long postmaster = stack.postmasters().getFirst().pid();
        RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
        RunningProcess.awaitEnd(postmaster, Duration.ofSeconds(30));
      }
    }
    stack.up();
    stack.awaitServer(source);
    pressure.reconnect();

    assertThat(source.strings("select 1 from pg_class where relname = '" + again + "'")).isEmpty();
    source.execute(create);
    pressure.push(again);
    pressure.sameByIndex(again, "select id from built where " + build.condition + " order by id");
    source.execute("drop index " + again);
  }

  /// Buckets come in groups of which only the last page is written. §3.
  @Test
  @Order(5)
  void hashIndexHasItsGaps() throws SQLException {
    int rows = TestForm.choose(60_000, 1_000_000);
    source.execute(
        "create table hashed (id int)",
        "create index hashed_id on hashed using hash (id)",
        "insert into hashed select g from generate_series(1, " + rows + ") g");
    List<String> queries =
        List.of(
            "select count(*) from generate_series(1, " + rows + ", 37) g join hashed on id = g",
            "select id from hashed where id = 4711");
    pressure.push("hashed_id", "hashed");
    for (int round = 0; round < 2; round++) {
      try (Connection connection = source.open();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off");
        assertThat(ConnectionSource.number(connection, queries.getFirst()))
            .isEqualTo((rows + 36) / 37);
      }
      pressure.sameByIndex("hashed_id", queries.getLast());
      stack.killAllAndDeleteCaches(new Random(round));
      stack.up();
      pressure.reconnect();
    }
    source.execute("insert into hashed select g from generate_series(1, 20000) g");
    assertThat(source.number("select count(*) from hashed where id = 4711")).isEqualTo(2);
  }
}
