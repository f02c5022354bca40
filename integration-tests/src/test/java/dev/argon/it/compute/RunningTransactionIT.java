package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/// §8 and §9b: what only a running command knows of a page. Command ids, combo command ids and
/// speculative tokens are not in WAL, nor are the cycle ids of vacuums in b-trees; everything that
/// may be dropped is, in the middle of the transaction.
class RunningTransactionIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int ROWS = 1000;

  private static final String FREED_PAGE = "select type from bt_page_stats('cycle_id', 1)";

  private static Stack stack;
  private static ConnectionSource source;
  private static Pressure pressure;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("running");
    stack.up();
    pressure = Pressure.on(stack);
    source = stack.source();
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

  /// `test_combocid_delete`, `_update`, `_lock`. §8.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "delete from combo",
        "update combo set val = val + 1",
        "select * from combo for update"
      })
  void cursorGoesOnAfterItsRowsWereChanged(String change) throws SQLException {
    makeComboTable();
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "insert into combo select g, 0, repeat('c', 300) from generate_series(1, "
              + ROWS
              + ") g");

      fetchAroundAChange(connection, statement, change);

      connection.rollback();
    }
    pressure.evict("combo");
    assertThat(source.number("select count(*) from combo")).isZero();
  }

  /// `test_combocid_multi_insert`: COPY writes many rows with one record. §8.
  @Test
  void cursorGoesOnAfterCopiedRowsWereDeleted() throws SQLException, IOException {
    makeComboTable();
    String rows =
        IntStream.rangeClosed(1, ROWS)
            .mapToObj(i -> i + "\t0\t" + "c".repeat(300) + "\n")
            .collect(Collectors.joining());
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long copied =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn("copy combo from stdin", new StringReader(rows));
      assertThat(copied).isEqualTo(ROWS);

      fetchAroundAChange(connection, statement, "delete from combo");

      connection.rollback();
    }
  }

  private static void makeComboTable() throws SQLException {
    source.execute(
        "drop table if exists combo", "create table combo (id int, val int, filler text)");
  }

  private static void fetchAroundAChange(Connection connection, Statement statement, String change)
      throws SQLException {
    long kept = pressure.count("verdict_keep_transaction");
    statement.execute("declare c no scroll cursor for select id from combo");
    assertThat(ConnectionSource.strings(connection, "fetch 500 from c")).hasSize(500);
    statement.execute(change);

    assertThat(pressure.push("combo")).as("pages that had to stay").isPositive();

    assertThat(ConnectionSource.strings(connection, "fetch all from c")).hasSize(ROWS - 500);
    assertThat(pressure.count("verdict_keep_transaction")).isGreaterThan(kept);
  }

  /// `test_combocid` and `neon-cid`: each command sees the rows of all before it and none of its
  /// own. §8.
  @Test
  void commandsSeeWhatCommandsBeforeThemDid() throws SQLException {
    makeComboTable();
    int rows = 4000;
    String insert =
        "insert into combo select g, 0, repeat('c', 300) from generate_series(1, " + rows + ") g";
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute(insert);
      pressure.evict("combo");
      connection.setAutoCommit(false);
      for (int i = 0; i < 3; i++) {
        assertThat(statement.executeUpdate("update combo set val = val + 1")).isEqualTo(rows);
        pressure.push("combo");
      }
      assertThat(statement.executeUpdate("delete from combo where val = 3")).isEqualTo(rows);
      pressure.push("combo");
      assertThat(statement.executeUpdate("delete from combo")).isZero();
      assertThat(statement.executeUpdate(insert)).isEqualTo(rows);
      for (int i = 0; i < 3; i++) {
        assertThat(statement.executeUpdate("update combo set val = val + 1")).isEqualTo(rows);
      }
      statement.execute("savepoint s");
      assertThat(statement.executeUpdate("delete from combo where id % 2 = 0")).isEqualTo(rows / 2);
      pressure.push("combo");
      statement.execute("rollback to savepoint s");
      assertThat(ConnectionSource.strings(connection, "select val, count(*) from combo group by 1"))
          .containsExactly("3");
      connection.rollback();
    }
    pressure.evict("combo");
    assertThat(source.string("select count(*) || ' ' || sum(val) from combo"))
        .isEqualTo(rows + " 0");
  }

  /// §8.
  @Test
  void parallelWorkersSeeTheirTransactionsCommands() throws SQLException {
    makeComboTable();
    int rows = 6000;
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "insert into combo select g, 0, repeat('c', 300) from generate_series(1, "
              + rows
              + ") g");
      statement.execute("update combo set val = 1 where id % 2 = 0");
      statement.execute("delete from combo where id % 3 = 0");
      pressure.push("combo");
      statement.execute(
          "set parallel_setup_cost = 0; set parallel_tuple_cost = 0;"
              + " set min_parallel_table_scan_size = 0; set max_parallel_workers_per_gather = 2;"
              + " set parallel_leader_participation = off");
      String query = "select count(*) || ' ' || sum(val) from combo";
      assertThat(String.join("\n", ConnectionSource.strings(connection, "explain " + query)))
          .contains("Workers Planned");

      assertThat(ConnectionSource.strings(connection, query)).containsExactly("4000 2000");
      connection.rollback();
    }
  }

  /// An inserter with ON CONFLICT is stopped between its tuple, which carries a token, and the
  /// index entry; a second one as well. Then both go on: the second finds the first one's row, and
  /// takes its own back, for which its token must still be there. §8.
  @Test
  void speculativeTokensOutliveTheirPagesBuffers() throws SQLException {
    source.execute(
        "drop table if exists guess",
        "create table guess (key text, who text, filler text)",
        """
        create or replace function stop_at_second_call(key text) returns text
        language plpgsql immutable as $$
        declare calls int := coalesce(nullif(current_setting('t.calls', true), ''), '0')::int + 1;
        begin
          perform set_config('t.calls', calls::text, false);
          if calls = 2 then
            perform pg_advisory_xact_lock_shared(current_setting('t.lock')::int);
          end if;
          return key;
        end $$
        """,
        "create unique index on guess (stop_at_second_call(key))");
    long kept = pressure.count("verdict_keep_transaction");
    try (Connection first = source.open();
        Connection second = source.open()) {
      hold(first, 1);
      hold(second, 2);
      try (PendingStatement one = inserter("first", 1, 1)) {
        pressure.push("guess");
        try (PendingStatement two = inserter("second", 2, 2)) {
          assertThat(pressure.push("guess")).isPositive();
          assertThat(pressure.count("verdict_keep_transaction")).isGreaterThan(kept);

          release(first);
          Awaitility.await("the first").atMost(LIMIT).until(one::isAnswered);
          assertThat(one.error()).isEmpty();
          pressure.push("guess");
          release(second);
          Awaitility.await("the second").atMost(LIMIT).until(two::isAnswered);
          assertThat(two.error()).isEmpty();
        }
      }
    }
    pressure.evict("guess");
    assertThat(source.strings("select who from guess")).containsExactly("first+second");
  }

  private static void hold(Connection connection, int lock) throws SQLException {
    connection.setAutoCommit(false);
    ConnectionSource.strings(connection, "select pg_advisory_xact_lock(" + lock + ")");
  }

  private static void release(Connection connection) throws SQLException {
    connection.rollback();
  }

  /// @param waiting how many wait for an advisory lock when this one does
  private static PendingStatement inserter(String who, int lock, int waiting) throws SQLException {
    PendingStatement inserter =
        PendingStatement.send(
            who,
            source,
            "set t.lock = " + lock,
            "insert into guess values ('k', '"
                + who
                + "', repeat('g', 1000)) on conflict (stop_at_second_call(key))"
                + " do update set who = guess.who || '+' || excluded.who");
    Awaitility.await(who + " waits between tuple and index")
        .atMost(LIMIT)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .failFast(() -> assertThat(inserter.error()).isEmpty())
        .until(() ->
            source.number(
                    "select count(*) from pg_locks where locktype = 'advisory' and not granted")
                == waiting);
    return inserter;
  }

  /// `test_nbtree_pagesplit_cycleid`, and what comes of it: vacuum is held at a page by a pin, a
  /// page that it has not reached is split into one that it has passed already, and both leave the
  /// buffers. Without the cycle id it would not go back, and the index would keep entries of rows
  /// that are gone. §9b.
  @Test
  void vacuumGoesBackToPagesThatWereSplitMeanwhile() throws SQLException {
    source.execute(
        "create extension if not exists pageinspect",
        "drop table if exists cycle",
        "create table cycle (id int, filler text)",
        "create index cycle_id on cycle (id)",
        "insert into cycle select g * 10, 'first' from generate_series(1, 3000) g",
        // the first leaf becomes free
        "delete from cycle where id <= 4500",
        "vacuum (index_cleanup on) cycle",
        "select txid_current()",
        "vacuum (index_cleanup on) cycle",
        "vacuum (index_cleanup on) cycle",
        // dead rows near the end, on a page that is going to be split
        "delete from cycle where id between 24000 and 28000 and id % 20 = 0");
    long kept = pressure.count("verdict_keep_vacuum");
    assertThat(source.string(FREED_PAGE))
        .as("type of a page that can be used again")
        .isEqualTo("d");
    try (Connection pin = source.open();
        Statement cursor = pin.createStatement()) {
      pin.setAutoCommit(false);
      cursor.execute("set enable_seqscan = off; set enable_bitmapscan = off");
      cursor.execute("declare c cursor for select id from cycle where id > 9000 order by id");
      cursor.execute("fetch 1 from c");
      try (PendingStatement vacuum =
          PendingStatement.send("vacuum", source, "", "vacuum (index_cleanup on) cycle")) {
        awaitEvent(vacuum, "BufferPin");
        source.execute(
            "insert into cycle select 24000 + g % 4000, 'between' from generate_series(1, 800) g");
        assertThat(source.string(FREED_PAGE)).as("type of the page, used again").isEqualTo("l");
        pressure.push("cycle", "cycle_id");
        assertThat(pressure.count("verdict_keep_vacuum"))
            .as("pages that carry a cycle id")
            .isGreaterThan(kept);
        pin.rollback();
        Awaitility.await("vacuum").atMost(LIMIT).until(vacuum::isAnswered);
        assertThat(vacuum.error()).isEmpty();
      }
    }
    // rows in the places of those that were deleted
    source.execute("insert into cycle select -g, 'again' from generate_series(1, 2000) g");
    pressure.sameByIndex(
        "cycle_id", "select id || filler from cycle where id between 23000 and 29000 order by 1");
    pressure.evict("cycle", "cycle_id");
    pressure.sameByIndex(
        "cycle_id", "select id || filler from cycle where id between 23000 and 29000 order by 1");
    Amcheck.verify(source);
  }

  /// The last phase of a concurrent build asks, by the code of a vacuum, which rows the index has
  /// already, and adds the others: an entry that it overlooks would be there twice. A page is never
  /// split into one before it here, as a new index has no free pages, but splits go on all the
  /// time. §9b.
  @Test
  void concurrentBuildSeesEachEntryOnce() throws SQLException {
    source.execute(
        "drop table if exists built_beside",
        "create table built_beside (id int, filler text)",
        "insert into built_beside select g * 4, repeat('b', 20) from generate_series(1, 20000) g");
    long dropped = pressure.count("verdict_drop");
    int rows = 20_000;
    for (int round = 1; round <= 2; round++) {
      String index = "built_beside_" + round;
      try (PendingStatement build =
          PendingStatement.send(
              index,
              source,
              "",
              "create unique index concurrently " + index + " on built_beside (id)")) {
        for (int part = 0; part == 0 || !build.isAnswered(); part++) {
          // all over the index, each number once
          int rest = round == 1 ? 1 : 3;
          source.execute(
              "insert into built_beside select g * 4 + %d, repeat('c', 20) from generate_series(%d, 20000, 200) g"
                  .formatted(rest, part % 200 + 1));
          rows += 100;
          if (part == 199) {
            break; // no numbers left
          }
        }
        Awaitility.await("the index").atMost(LIMIT).until(build::isAnswered);
        assertThat(build.error()).isEmpty();
      }
      pressure.push("built_beside", index);
    }
    assertThat(pressure.count("verdict_drop")).isGreaterThan(dropped + 500);
    String query = "select count(*) || ' ' || count(distinct id) from built_beside where id > 0";
    Amcheck.verifyAlone(source);
    pressure.sameByIndex("built_beside_2", query);
    pressure.sameByIndex("built_beside_1", query);
    assertThat(source.string("select count(*) || ' ' || count(distinct id) from built_beside"))
        .isEqualTo(rows + " " + rows);
  }

  private static void awaitEvent(PendingStatement statement, String event) {
    Awaitility.await(statement + " at " + event)
        .atMost(LIMIT)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .failFast(() -> assertThat(statement.error()).isEmpty())
        .until(() ->
            source.number(
                    "select count(*) from pg_stat_activity where pid = "
                        + statement.backendPid()
                        + " and wait_event = '"
                        + event
                        + "'")
                == 1);
  }

  /// A long write transaction that changes far more than the cache may hold: images in WAL let its
  /// pages go, and it still sees what it must. §8.
  @Test
  @EnabledIfSystemProperty(named = "argon.long", matches = "true")
  void imagesLetALongTransactionsPagesGo() throws SQLException {
    makeComboTable();
    int rows = 200_000;
    long images = pressure.count("ordered_images");
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "insert into combo select g, 0, repeat('c', 900) from generate_series(1, "
              + rows
              + ") g");
      statement.execute("declare c no scroll cursor for select id from combo");
      statement.execute("delete from combo where id % 4 = 0");
      Awaitility.await("images were ordered")
          .atMost(LIMIT)
          .until(() -> pressure.count("ordered_images") > images + 1000);
      pressure.push("combo");

      assertThat(ConnectionSource.number(connection, "select count(*) from combo"))
          .isEqualTo(rows * 3L / 4);
      statement.setFetchSize(10_000);
      assertThat(ConnectionSource.strings(connection, "fetch all from c")).hasSize(rows);
      connection.commit();
    }
    pressure.evict("combo");
    assertThat(source.number("select count(*) from combo")).isEqualTo(rows * 3L / 4);
  }
}
