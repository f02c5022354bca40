package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Pgbench;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A branch shows exactly the past it was made at, and from there both sides go their own way.
class BranchIT {

  private static Stack stack;
  private static ConnectionSource main;

  @BeforeAll
  static void up() {
    stack = new Stack("branch");
    stack.up();
    main = stack.source();
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  /// §15.
  @Test
  void branchAtAnLsnShowsThePastAndBothWriteOnTheirOwn() throws SQLException {
    main.execute(
        "create table history (id int primary key, v text)",
        "insert into history select g, 'first' from generate_series(1, 5000) g",
        "create table dropped_later as select generate_series(1, 100) id",
        "create sequence past_sequence",
        "select setval('past_sequence', 100)");
    String past = main.string("select pg_current_wal_flush_lsn()");
    main.execute(
        "update history set v = 'second' where id % 2 = 0",
        "delete from history where id > 4000",
        "insert into history select g, 'third' from generate_series(10001, 12000) g",
        "drop table dropped_later",
        "create table created_later (id int)",
        "vacuum full history");

    createBranch("past-lsn", "--at", past);
    ConnectionSource branch = stack.source("past-lsn");

    assertThat(branch.strings("select v || count(*) || ' ' || sum(id) from history group by v"))
        .containsExactly("first5000 12502500");
    assertThat(branch.string("select count(*) from dropped_later")).isEqualTo("100");
    assertThat(branch.strings("select 1 from pg_class where relname = 'created_later'")).isEmpty();
    branch.execute(
        "delete from history where id <= 10", "insert into history values (-1, 'branch')");
    main.execute("insert into history values (-2, 'main')");
    assertThat(branch.string("select count(*) from history")).isEqualTo("4991");
    assertThat(main.string("select count(*) from history")).isEqualTo("6001");
    assertThat(branch.strings("select id from history where id < 0")).containsExactly("-1");
    assertThat(main.strings("select id from history where id < 0")).containsExactly("-2");
    Amcheck.verify(branch);
    Amcheck.verify(main);

    stack.downAndNothingIsLeft();
    stack.up();
    stack.argon("endpoint", "start", "past-lsn");
    assertThat(stack.source("past-lsn").string("select count(*) from history")).isEqualTo("4991");
    assertThat(main.string("select count(*) from history")).isEqualTo("6001");
  }

  /// §31.
  @Test
  void branchAtATimestampShowsWhatWasCommittedByThen() throws SQLException {
    main.execute("create table clocked (id int)", "insert into clocked values (1)");
    String time =
        main.string(
            "select to_char(clock_timestamp() at time zone 'UTC',"
                + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from pg_sleep(0.05)");
    main.execute("select pg_sleep(0.05)", "insert into clocked values (2)");

    createBranch("past-time", "--at", time);

    assertThat(stack.source("past-time").strings("select id from clocked")).containsExactly("1");
  }

  /// §15.
  @Test
  void lsnInsideARecordIsRoundedDownAndTheAnswerSaysSo() throws SQLException {
    main.execute("create table rounded (id int)", "insert into rounded values (1)");
    String end = main.string("select pg_current_wal_flush_lsn()");
    main.execute("insert into rounded values (2)");
    String inside = main.string("select '" + end + "'::pg_lsn + 9");

    Json answer = createBranch("inside", "--at", inside);

    assertThat(answer.write()).contains(end);
    assertThat(stack.source("inside").strings("select id from rounded")).containsExactly("1");
  }

  @Test
  void branchWithChildrenIsNotDeleted() throws SQLException {
    createBranch("parent");
    createBranch("child", "--parent", "parent");

    Command.Result refused = stack.argon("branch", "delete", "parent");

    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err().strip().lines()).hasSize(1);
    assertThat(refused.err()).contains("child");
    assertThat(stack.source("child").string("select 1")).isEqualTo("1");
    stack.argon("branch", "delete", "child").ok();
    stack.argon("branch", "delete", "parent").ok();
    assertThat(stack.argon("branch", "list").ok().out()).doesNotContain("parent");
  }

  @Test
  void futureAndForgottenPointsAreRefused() {
    for (String at : List.of("FFFF/FFFFFFF0", "0/1", "2001-01-01T00:00:00Z")) {
      Command.Result result = stack.argon("branch", "create", "impossible", "--at", at);

      assertThat(result.exitCode()).as("%s", result).isNotZero();
      assertThat(result.err().strip().lines()).as("%s", result).hasSize(1);
    }
    assertThat(stack.argon("branch", "list").ok().out()).doesNotContain("impossible");
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void makingABranchTakesTheSameTimeWhateverTheSize() {
    Pgbench pgbench = new Pgbench(main);
    int large = TestForm.choose(10, 50);
    pgbench.initialize(1);
    long smallMillis = branchMillis("small");
    pgbench.initialize(large);
    long largeMillis = branchMillis("large");
    System.out.printf(
        "BranchIT: branch create at scale 1: %d ms, at scale %d: %d ms%n",
        smallMillis, large, largeMillis);
    assertThat(largeMillis).isLessThan(smallMillis * 3 + 500);
  }

  /// The least of three, since the machine does other things as well.
  private static long branchMillis(String name) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      Command.Result result = stack.argon("branch", "create", name + i, "--json").ok();
      least = Math.min(least, result.took().toMillis());
      stack.argon("branch", "delete", name + i).ok();
    }
    return least;
  }

  /// Makes a branch with an endpoint that runs.
  private static Json createBranch(String name, String... more) {
    var words = new java.util.ArrayList<>(List.of("branch", "create", name, "--json"));
    words.addAll(List.of(more));
    Json answer = Json.parse(stack.argon(words.toArray(String[]::new)).ok().out());
    stack.argon("endpoint", "create", name, "--branch", name).ok();
    stack.argon("endpoint", "start", name).ok();
    return answer;
  }
}
