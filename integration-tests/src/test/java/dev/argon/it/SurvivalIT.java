package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What is neither a plain row nor an index survives a kill of everything, a kill of the compute
/// and a clean restart (§13, §14, `test_twophase`, `test_multixact`, `test_subxacts`).
class SurvivalIT {

  private static final String LARGE = "repeat('0123456789', 5000)";

  private static Stack stack;
  private static ConnectionSource source;
  private static final Map<String, List<String>> EXPECTED = new TreeMap<>();

  @BeforeAll
  static void write() throws SQLException {
    stack = new Stack("survive");
    stack.up();
    stack.set("max_prepared_transactions=10");
    source = stack.source();
    prepareTransactions();
    makeAndDropDatabases();
    dropAndTruncateTables();
    writeLargeObjects();
    writeSubtransactions();
    writeMultixacts();
    rewriteTables();
    for (String query : QUERIES) {
      EXPECTED.put(query, source.strings(query));
    }
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  private static final List<String> QUERIES =
      List.of(
          "select gid || owner || database from pg_prepared_xacts order by 1",
          "select count(*) || ' ' || sum(id) from prepared",
          "select datname from pg_database order by 1",
          "select relname from pg_class where relname like 'gone%' or relname like 'stays%' order"
              + " by 1",
          "select count(*) || ' ' || coalesce(sum(id), 0) from truncated",
          "select oid || md5(lo_get(oid)) from pg_largeobject_metadata order by oid",
          "select count(*) || ' ' || sum(id) from nested",
          "select id || ' ' || v || ' ' || (xmax <> 0) from locked order by id",
          "select count(*) || ' ' || sum(length(t)) || md5(string_agg(t, '' order by id)) from"
              + " toasted",
          "select count(*) || ' ' || sum(id) from rewritten");

  /// §13, §14, §15.
  @Test
  void everythingIsAsItWasAfterAKillOfEverything() throws SQLException {
    stack.killAllAndDeleteCaches(new Random(TestForm.seed("SurvivalIT")));
    stack.up();

    assertAllThere();
    Amcheck.verify(source);
  }

  /// §14.
  @Test
  void everythingIsAsItWasAfterACleanRestart() throws SQLException {
    stack.downAndNothingIsLeft();
    stack.up();

    assertAllThere();
  }

  /// §15.
  @Test
  void preparedTransactionsHoldTheirLocksAndCanBeFinished() throws SQLException {
    source.execute(
        "create table if not exists held (id int primary key)",
        "insert into held values (1), (2) on conflict do nothing");
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute("begin");
      statement.execute("update held set id = 10 where id = 1");
      statement.execute("prepare transaction 'holds'");
    }

    stack.killAllAndDeleteCaches(new Random(1));
    stack.up();

    assertThatThrownBy(() ->
            source.execute("set lock_timeout = '300ms'", "update held set id = 11 where id = 1"))
        .hasMessageContaining("lock timeout");
    source.execute("commit prepared 'holds'");
    assertThat(source.strings("select id from held order by 1")).containsExactly("2", "10");
    stack.killAll(new Random(2));
    stack.up();
    assertThat(source.strings("select id from held order by 1")).containsExactly("2", "10");
    assertThat(source.strings("select gid from pg_prepared_xacts where gid = 'holds'")).isEmpty();
  }

  private static void assertAllThere() throws SQLException {
    for (var expected : EXPECTED.entrySet()) {
      assertThat(source.strings(expected.getKey()))
          .as(expected.getKey())
          .isEqualTo(expected.getValue());
    }
    assertThat(source.database("second").strings("select t from in_second")).containsExactly("2");
    assertThatThrownBy(() -> source.database("dropped").open())
        .hasMessageContaining("does not exist");
  }

  private static void prepareTransactions() throws SQLException {
    source.execute("create table prepared (id int primary key)", "insert into prepared values (1)");
    for (String[] each :
        new String[][] {
          {"2", "prepare transaction 'open'"},
          {"3", "prepare transaction 'committed'"},
          {"4", "prepare transaction 'rolled back'"}
        }) {
      source.execute("begin; insert into prepared values (" + each[0] + "); " + each[1]);
    }
    source.execute("commit prepared 'committed'", "rollback prepared 'rolled back'");
  }

  private static void makeAndDropDatabases() throws SQLException {
    source.execute("create database second", "create database dropped");
    source.database("second").execute("create table in_second as select 2 t");
    source
        .database("dropped")
        .execute("create table in_dropped as select generate_series(1, 9999)");
    source.execute("drop database dropped");
    source.database("second").execute("vacuum full pg_class", "reindex table pg_class");
    source.execute("create database copied template second");
    assertThat(source.database("copied").strings("select t from in_second")).containsExactly("2");
  }

  private static void dropAndTruncateTables() throws SQLException {
    source.execute(
        "create table gone as select generate_series(1, 5000) id",
        "create index gone_index on gone (id)",
        "create table stays as select generate_series(1, 5000) id",
        "drop table gone",
        "create table truncated (id int primary key)",
        "insert into truncated select generate_series(1, 20000)",
        "truncate truncated",
        "insert into truncated values (7)",
        "begin; truncate stays; rollback",
        "begin; create table gone_too as select 1; rollback",
        // vacuum cuts the end of the file
        "create table stays_short (id int)",
        "insert into stays_short select generate_series(1, 50000)",
        "delete from stays_short where id > 10",
        "vacuum stays_short");
  }

  private static void writeLargeObjects() throws SQLException {
    source.execute(
        "select lo_from_bytea(900001, convert_to(" + LARGE + ", 'UTF8'))",
        "select lo_from_bytea(900002, 'to be unlinked')",
        "select lo_put(900001, 40000, 'changed')",
        "select lo_unlink(900002)",
        "create table toasted (id int primary key, t text)",
        "alter table toasted alter t set storage external",
        "insert into toasted select g, repeat(md5(g::text), 300) from generate_series(1, 200) g",
        "update toasted set t = repeat(md5(t), 200) where id % 3 = 0",
        "delete from toasted where id % 7 = 0");
  }

  /// More than the 64 that fit into the process array, so that pg_subtrans is needed.
  private static void writeSubtransactions() throws SQLException {
    source.execute("create table nested (id int primary key)");
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int id = 1; id <= 200; id++) {
        statement.execute("savepoint s");
        statement.execute("insert into nested values (" + id + ")");
        statement.execute(id % 3 == 0 ? "rollback to savepoint s" : "release savepoint s");
      }
      connection.commit();
    }
  }

  /// Rows that several transactions lock and update at once.
  private static void writeMultixacts() throws SQLException {
    source.execute(
        "create table locked (id int primary key, v int)",
        "insert into locked select g, 0 from generate_series(1, 50) g",
        "create table points_to (id int references locked)");
    List<Connection> open = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        Connection connection = source.open();
        open.add(connection);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          statement.execute("select * from locked for key share");
          statement.execute("insert into points_to select id from locked");
        }
      }
      try (Statement statement = open.getFirst().createStatement()) {
        statement.execute("update locked set v = v + 1 where id <= 25");
      }
      for (Connection connection : open) {
        connection.commit();
      }
    } finally {
      for (Connection connection : open) {
        connection.close();
      }
    }
    assertThat(source.number("select next_multixact_id::text from pg_control_checkpoint()"))
        .isPositive();
  }

  private static void rewriteTables() throws SQLException {
    source.execute(
        "create table rewritten as select generate_series(1, 3000) id",
        "create index on rewritten (id)",
        "alter table rewritten alter id type bigint",
        "cluster rewritten using rewritten_id_idx",
        "vacuum full rewritten",
        "reindex table rewritten",
        "create table stays_moved (id int)",
        "alter table stays_moved set unlogged",
        "insert into stays_moved values (1)",
        "alter table stays_moved set logged");
  }
}
