package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.compute.TestServerFunctions;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.NativeLibrary;
import dev.argon.it.process.PostgresPrograms;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A cluster that has used four billion transaction ids, multixacts and their members when the
/// timeline is made of it: the counters wrap under the eyes of pageserver and computes
/// (`test_multixid_wraparound_import`).
class FarCountersIT {

  /// Multixacts made here: more than are left before the counter wraps.
  private static final int LOCKED_ROWS = 3000;

  private static final long TRANSACTION_IDS = 1L << 32;

  /// What is far behind the multixacts with which the cluster begins.
  private static final long MULTIXACTS_BEHIND = 100_000;

  /// Locks each row in a subtransaction: transactions that lock the same row share a multixact only
  /// if all members are the same.
  private static final String LOCK_EACH_BY_ITSELF =
      """
      do $$ declare r record; begin
        for r in select id from locked loop
          begin
            perform from locked where id = r.id for key share;
          exception when division_by_zero then null;
          end;
        end loop;
      end $$
      """;

  private static final List<String> QUERIES =
      List.of(
          "select how || count(*) from status group by how",
          "select count(*) || ' ' || sum(v) from locked",
          "select string_agg(distinct (xmax <> 0)::text, ',') from locked",
          "select count(*) from locked where v = 1");

  private static Stack stack;
  private static ConnectionSource source;

  @BeforeAll
  static void up() throws IOException {
    stack = new Stack("far");
    Path library = stack.workspace().resolve("after_initdb.so");
    NativeLibrary.compile(library, "-ldl", List.of("after_initdb.c"));
    Path script = stack.workspace().resolve("raise.sh");
    Files.writeString(script, raiseCounters());
    Map<String, String> variables =
        Map.of("LD_PRELOAD", library.toString(), "AFTER_INITDB", script.toString());
    stack.with(variables).up();
    stack.without(variables);
    source = stack.source();
  }

  /// A script that raises the counters of the cluster in `$1`. They may not be raised by more than
  /// two billion while anything older is in a table, so this goes by steps. Each ends where a page
  /// of the SLRU begins: nothing before it is looked at.
  private static String raiseCounters() {
    return """
    set -e
    oldest=1
    for step in 0x40000000 0x80000000 0xC0000000 0xFFFFF800; do
      %s -D "$1" --next-transaction-id=$((step / 32768 * 32768)) \\
        --multixact-ids=$((step)),$((oldest)) --multixact-offset=$((step / 1636 * 1636))
      for database in template0 template1 postgres; do
        echo 'vacuum freeze' | %s --single -D "$1" $database
      done
      oldest=$step
    done
    """
        .formatted(PostgresPrograms.path("pg_resetwal"), PostgresPrograms.path("postgres"));
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  /// §14.
  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES)
  void countersWrapAndEverythingIsAsItWas() throws SQLException {
    long firstId = source.number("select pg_current_xact_id()");
    assertThat(firstId).isBetween(TRANSACTION_IDS - 40_000, TRANSACTION_IDS - 1000);
    assertThat(nextMultixact()).isBetween(0xFFFF_F000L, 0xFFFF_FFFFL);
    TestServerFunctions.load(stack, source);
    source.execute(
        "create table status (how text)",
        "create procedure end_some(n int) language plpgsql as $$ begin"
            + " for i in 1..n loop insert into status values ('committed'); commit;"
            + " insert into status values ('aborted'); rollback; end loop; end $$",
        "call end_some(300)",
        "select consume_xids(" + (TRANSACTION_IDS - 300 - nextId()) + ")",
        "call end_some(300)");
    assertThat(nextId()).isGreaterThan(TRANSACTION_IDS);
    makeMultixacts();
    Map<String, List<String>> expected = new TreeMap<>();
    for (String query : QUERIES) {
      expected.put(query, source.strings(query));
    }
    assertThat(expected.get(QUERIES.getFirst())).containsExactly("committed600");
    assertThat(expected.get(QUERIES.get(1))).containsExactly(LOCKED_ROWS + " " + LOCKED_ROWS / 3);
    long last = nextId();

    // No checkpoint came since: the records alone tell that the counters have wrapped.
    stack.killAllAndDeleteCaches(new Random(TestForm.seed("FarCountersIT")));
    stack.up();
    assertAllThere(expected);
    assertThat(nextId()).isGreaterThan(last);
    long wrapped = nextMultixact();
    assertThat(wrapped).isBetween(1L, MULTIXACTS_BEHIND);

    makeMultixacts();
    stack.downAndNothingIsLeft();
    stack.up();
    assertAllThere(expected);
    assertThat(nextMultixact()).isBetween(wrapped + LOCKED_ROWS, MULTIXACTS_BEHIND);
    Amcheck.verify(source);
  }

  private static void assertAllThere(Map<String, List<String>> expected) throws SQLException {
    for (var each : expected.entrySet()) {
      assertThat(source.strings(each.getKey())).as(each.getKey()).isEqualTo(each.getValue());
    }
  }

  private static long nextId() throws SQLException {
    return source.number("select pg_current_xact_id()");
  }

  /// As of the last checkpoint.
  private static long nextMultixact() throws SQLException {
    return source.number("select next_multixact_id::text from pg_control_checkpoint()");
  }

  /// Every row of `locked` is locked by two transactions, and a third one's update of it has
  /// committed or not: which version counts is known from the members only.
  private static void makeMultixacts() throws SQLException {
    source.execute(
        "drop table if exists locked",
        "create table locked (id int primary key, v int)",
        "insert into locked select g, 0 from generate_series(1, " + LOCKED_ROWS + ") g");
    List<Connection> open = new ArrayList<>();
    try {
      for (String change :
          List.of(
              LOCK_EACH_BY_ITSELF,
              "update locked set v = v + 1 where id % 3 = 1",
              "update locked set v = v + 100 where id % 3 = 2")) {
        Connection connection = source.open();
        open.add(connection);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          statement.execute(change);
          statement.execute("select * from locked for key share");
        }
      }
      open.get(0).commit();
      open.get(1).commit();
      open.get(2).rollback();
    } finally {
      for (Connection connection : open) {
        connection.close();
      }
    }
  }
}
