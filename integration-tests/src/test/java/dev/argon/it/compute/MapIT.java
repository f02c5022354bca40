package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.Connection;
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

/// §11 and §3: visibility and free space maps, which are changed without records of their own, and
/// the ends of relations.
class MapIT {

  private static Stack stack;
  private static ConnectionSource source;
  private static Pressure pressure;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("maps");
    stack.up();
    pressure = Pressure.on(stack, "neon.debug_compare_local=all");
    source = stack.source();
    source.execute("create extension if not exists pg_freespacemap");
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

  /// `test_vm_bit_clear`: by deletion, updates on the page and to another page, and an update whose
  /// new page was not all visible any more, so that only the old one's bit goes. Once from this
  /// server's own pages, once on a branch that knows nothing but WAL. §11.
  @Test
  void bitsAreClearedByRecordsOfTheHeap() throws SQLException {
    source.execute(
        "create table bits_deleted (id int primary key)",
        "insert into bits_deleted values (1)",
        "create table bits_hot (id int primary key, filler text)",
        "insert into bits_hot values (1, 'x')",
        "create table bits_moved (id int primary key, filler text)",
        "insert into bits_moved select g, repeat('m', 200) from generate_series(1, 500) g",
        "create table bits_one_side (id int primary key, filler text)",
        "insert into bits_one_side select g, repeat('o', 200) from generate_series(1, 500) g");
    List<String> tables = List.of("bits_deleted", "bits_hot", "bits_moved", "bits_one_side");
    for (String table : tables) {
      source.execute("vacuum freeze " + table);
    }
    pressure.evict(tables.toArray(String[]::new));
    source.execute(
        "delete from bits_deleted where id = 1",
        "update bits_hot set filler = 'y' where id = 1",
        "update bits_moved set id = 5000, filler = repeat('n', 250) where id = 1",
        "insert into bits_one_side values (9999, 'last page')",
        "update bits_one_side set id = 5000, filler = repeat('p', 250) where id = 1");
    branchNow("bits");

    pressure.evict(tables.toArray(String[]::new));
    compareBits(source);
    compareBits(stack.source("bits"));
    Amcheck.verify(stack.source("bits"));
    stack.argon("endpoint", "stop", "bits").ok();
  }

  private static void branchNow(String name) {
    stack.argon("branch", "create", name).ok();
    stack.argon("endpoint", "create", name, "--branch", name).ok();
    stack.argon("endpoint", "start", name).ok();
  }

  private static void compareBits(ConnectionSource where) throws SQLException {
    try (Connection connection = where.open();
        Statement statement = connection.createStatement()) {
      statement.execute("set enable_seqscan = off; set enable_bitmapscan = off");
      assertThat(indexOnly(connection, "bits_deleted")).isEmpty();
      assertThat(indexOnly(connection, "bits_hot")).containsExactly("1");
      assertThat(indexOnly(connection, "bits_moved")).isEmpty();
      assertThat(indexOnly(connection, "bits_one_side")).isEmpty();
      statement.execute("set enable_seqscan = on");
      assertThat(
              ConnectionSource.strings(
                  connection,
                  "select blkno from pg_visibility_map('bits_one_side') where not all_visible"))
          .hasSize(2);
    }
  }

  private static List<String> indexOnly(Connection connection, String table) throws SQLException {
    String query = "select id from " + table + " where id = 1";
    assertThat(String.join("\n", ConnectionSource.strings(connection, "explain " + query)))
        .contains("Index Only Scan");
    return ConnectionSource.strings(connection, query);
  }

  /// `test_vm_bit_clear_on_heap_lock`: the server dies with the only other copy of the map. §11.
  @Test
  void lockClearsTheFrozenBitAndNotTheOther() throws SQLException {
    source.execute(
        "create table locked (id int primary key)",
        "insert into locked select g from generate_series(1, 5000) g",
        "vacuum freeze locked");
    pressure.evict("locked");
    String block = source.string("select (ctid::text::point)[0]::int from locked where id = 4000");
    source.execute("select * from locked where id = 4000 for update");
    String query =
        "select all_visible || ' ' || all_frozen from pg_visibility_map('locked', " + block + ")";
    assertThat(source.string(query)).isEqualTo("true false");

    stack.killAllAndDeleteCaches(new Random(1));
    stack.up();
    pressure.reconnect();

    assertThat(source.string(query)).isEqualTo("true false");
    Amcheck.verify(source);
  }

  /// Both kinds of maps are as they were after a stop: scans need not look at pages again, and
  /// space is found. §11.
  @Test
  void mapsOutliveACleanStop() throws SQLException {
    source.execute(
        "create table stopped (id int primary key, filler text)",
        "insert into stopped select g, repeat('s', 300) from generate_series(1, 4000) g",
        "delete from stopped where id % 4 = 0",
        "vacuum freeze stopped",
        "delete from stopped where id = 3");
    String maps =
        "select string_agg(m.all_visible::int::text || m.all_frozen::int::text, ''"
            + " order by m.blkno) from pg_visibility_map('stopped') m";
    String space = "select sum(avail) / 1000 from pg_freespace('stopped')";
    String mapsBefore = source.string(maps);
    String spaceBefore = source.string(space);
    assertThat(mapsBefore).contains("11").contains("00");

    stack.argon("endpoint", "stop", "main").ok();
    stack.argon("endpoint", "start", "main").ok();
    pressure.reconnect();

    assertThat(source.string(maps)).isEqualTo(mapsBefore);
    assertThat(source.string(space)).isEqualTo(spaceBefore);
    String size = source.string("select pg_relation_size('stopped')");
    source.execute(
        "insert into stopped select -g, repeat('t', 300) from generate_series(1, 500) g");
    assertThat(source.string("select pg_relation_size('stopped')")).as("size").isEqualTo(size);
  }

  /// `test_vm_truncate`, `test_fsm_truncate`, `test_truncate`, `neon-rel-truncate`: what vacuum
  /// cuts off does not come back, neither in the table nor in its maps. §3.
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void cutEndStaysCut() throws SQLException {
    for (int round = 0; round < TestForm.choose(2, 10); round++) {
      source.execute(
          "drop table if exists cut",
          "create table cut (id int, filler text)",
          "insert into cut select g, repeat('c', 700) from generate_series(1, 4000) g",
          "vacuum freeze cut");
      pressure.evict("cut");
      source.execute("delete from cut where id > " + 100 * round, "vacuum cut");
      long size = source.number("select pg_relation_size('cut')");
      assertThat(size).isLessThan(200_000L * (round + 1));
      assertThat(source.number("select count(*) from cut")).isEqualTo(100L * round);
      if (round % 2 == 0) {
        stack.killAllAndDeleteCaches(new Random(round));
        stack.up();
        pressure.reconnect();
        assertThat(source.number("select pg_relation_size('cut')")).isEqualTo(size);
      }
      pressure.evict("cut");
      source.execute("insert into cut select -g, repeat('d', 700) from generate_series(1, 3000) g");
      pressure.evict("cut");

      assertThat(source.string("select count(*) || ' ' || count(*) filter (where id > 0) from cut"))
          .isEqualTo((3000 + 100 * round) + " " + 100 * round);
      assertThat(
              source.number(
                  "select count(*) from pg_visibility_map('cut') where all_visible and blkno > 1 +"
                      + size / 8192))
          .as("pages that are all visible though nobody vacuumed")
          .isZero();
    }
    Amcheck.verify(source);
  }

  /// TRUNCATE within the transaction that made the table, after a savepoint, and rolled back. §3.
  @Test
  void truncatedTablesAreWhatTheirTransactionsSay() throws SQLException {
    String rows = "select g, repeat('t', 500) from generate_series(1, 2000) g";
    source.execute("create table emptied (id int, filler text)", "insert into emptied " + rows);
    pressure.evict("emptied");
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("truncate emptied; insert into emptied select 1");
      statement.execute("savepoint s; truncate emptied; insert into emptied select 2, 'x'");
      statement.execute("rollback to s");
      assertThat(ConnectionSource.strings(connection, "select id from emptied"))
          .containsExactly("1");
      connection.rollback();
    }
    pressure.evict("emptied");
    assertThat(source.number("select count(*) from emptied")).isEqualTo(2000);
    source.execute("truncate emptied", "insert into emptied select 3");
    pressure.evict("emptied");
    assertThat(source.strings("select id from emptied")).containsExactly("3");
  }

  /// As `neon-rel-truncate`, across the end of a segment file of one gigabyte. §3.
  @Test
  @EnabledIfSystemProperty(named = "argon.long", matches = "true")
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void relationsOfSeveralSegmentsAreCutAndGrow() throws SQLException {
    int rows = 140_000;
    String insert =
        "insert into segments select g, repeat('s', 7900) from generate_series(1, " + rows + ") g";
    source.execute(
        "create table segments (id int, filler text)",
        "alter table segments alter filler set storage plain",
        insert);
    List<Long> keep = new ArrayList<>(List.of(131_100L, 131_072L, 131_000L, 10L, 0L));
    for (long rest : keep) {
      source.execute("delete from segments where id > " + rest, "vacuum segments");
      pressure.evict("segments");
      assertThat(source.string("select count(*) || ' ' || coalesce(max(id), 0) from segments"))
          .isEqualTo(rest + " " + rest);
    }
    stack.killAllAndDeleteCaches(new Random(3));
    stack.up();
    pressure.reconnect();
    assertThat(source.number("select pg_relation_size('segments')")).isZero();
    source.execute(insert);
    assertThat(source.string("select count(*) || ' ' || sum(id) from segments"))
        .isEqualTo(rows + " " + rows * (rows + 1L) / 2);
  }

  /// A cluster at its limit takes no more rows, and space can be made. §3.
  @Test
  void clusterAtItsLimitTakesNoMore() throws SQLException {
    source.execute("create table limited (id int, filler text)");
    String insert =
        "insert into limited select g, repeat('l', 900) from generate_series(1, 10000) g";
    long limit = (source.number("select pg_cluster_size()") >> 20) + 20;
    limitCluster(limit + "MB");
    try {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 50; i++) {
                  source.execute(insert);
                }
              })
          .hasMessageContaining("size limit (" + limit + " MB) has been exceeded")
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("53100");
      source.execute("delete from limited where id > 100", "vacuum limited");
      assertThat(source.number("select count(*) from limited")).isPositive();
      source.execute("truncate limited");
      Awaitility.await("there is room again")
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(() -> {
            source.execute("insert into limited select 1, repeat('l', 900)");
            return true;
          });
    } finally {
      limitCluster("");
    }
  }

  private static void limitCluster(String limit) {
    stack.argon("endpoint", "set", "main", "neon.max_cluster_size=" + limit).ok();
    Awaitility.await("the limit holds")
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            source.string("show neon.max_cluster_size").equals(limit.isEmpty() ? "-1" : limit));
  }

  /// A server that dies with a relation that grew much further than WAL says. §3.
  @Test
  void tableGrowsOnAfterACrashDuringALoad() throws SQLException {
    source.execute("create table grown (id int, filler text)");
    try (PendingStatement load =
        PendingStatement.send(
            "load",
            source,
            "",
            "insert into grown select g, repeat('g', 3000) from generate_series(1, 200000) g")) {
      Awaitility.await("the table grows")
          .atMost(Duration.ofMinutes(1))
          .pollInterval(20, TimeUnit.MILLISECONDS)
          .until(() -> source.number("select pg_relation_size('grown')") > (8 << 20));
      stack.killAllAndDeleteCaches(new Random(2));
      assertThat(load.isAcknowledged()).isFalse();
    }
    stack.up();
    pressure.reconnect();
    assertThat(source.number("select count(*) from grown")).isZero();
    source.execute("insert into grown select g, repeat('h', 3000) from generate_series(1, 1000) g");
    source.execute("vacuum grown");
    pressure.evict("grown");
    assertThat(source.number("select count(*) from grown where filler like 'h%'")).isEqualTo(1000);
    Amcheck.verify(source);
  }
}
