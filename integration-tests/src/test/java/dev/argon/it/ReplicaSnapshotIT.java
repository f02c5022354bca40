package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.postgres.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A replica begins while the primary's transactions have more subtransactions than its processes
/// can tell (64 each): it must not answer before it knows which transactions run.
class ReplicaSnapshotIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SUBTRANSACTIONS = 150;
  private static final int OTHERS = 60;

  private static final String ROWS =
      "select who || ' ' || count(*) from nested group by who order by who";

  private static Stack stack;
  private static ConnectionSource primary;
  private static ConnectionSource replica;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("snapshot");
    stack.up();
    stack.set("max_connections=120");
    primary = stack.source();
    primary.execute("create table nested (who text, n int)");
    stack.argon("endpoint", "create", "replica", "--read-only").ok();
    replica = stack.source("replica");
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  /// `test_replica_start`. §17.
  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES)
  void moreSubtransactionsThanFitDelayItAndAreSeenAsTheyEnd() throws Exception {
    List<Connection> others = new ArrayList<>();
    try (Connection committing = nested("committing");
        Connection aborting = nested("aborting")) {
      for (int i = 0; i < OTHERS; i++) {
        others.add(open("insert into nested values ('other', " + i + ")"));
      }
      primary.execute("insert into nested values ('before', 0)", "checkpoint");
      awaitIngested();
      Command start = stack.command("endpoint", "start", "replica");
      CompletableFuture<Command.Result> started =
          CompletableFuture.supplyAsync(() -> start.run(LIMIT.multipliedBy(3)));
      awaitThatItWaits();
      primary.execute("checkpoint");
      awaitThatItWaits();
      assertThat(started).isNotDone();

      try (Connection later = nested("later")) {
        end(committing, true);
        end(aborting, false);
        for (int i = 0; i < OTHERS; i++) {
          end(others.get(i), i % 2 == 0);
        }
        // what does not fit now is of a transaction that has begun under the replica's eyes
        primary.execute("checkpoint");
        started.get(LIMIT.toSeconds(), TimeUnit.SECONDS).ok();
        awaitCaughtUp();
        assertThat(replica.strings(ROWS))
            .containsExactly("before 1", "committing 101", "other 30")
            .isEqualTo(primary.strings(ROWS));

        end(later, true);
        awaitCaughtUp();
        assertThat(replica.strings(ROWS))
            .containsExactly("before 1", "committing 101", "later 101", "other 30")
            .isEqualTo(primary.strings(ROWS));
      }
    } finally {
      for (Connection other : others) {
        other.close();
      }
    }
  }

  /// A transaction that goes on, with its first statement.
  private static Connection open(String sql) throws SQLException {
    Connection connection = primary.open();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
    return connection;
  }

  /// One that inserts a row and, in subtransactions, [#SUBTRANSACTIONS] more, of which two thirds
  /// stay.
  private static Connection nested(String who) throws SQLException {
    Connection connection = open("insert into nested values ('" + who + "', 0)");
    try (Statement statement = connection.createStatement()) {
      for (int i = 1; i <= SUBTRANSACTIONS; i++) {
        statement.execute("savepoint s");
        statement.execute("insert into nested values ('" + who + "', " + i + ")");
        statement.execute(i % 3 == 0 ? "rollback to savepoint s" : "release savepoint s");
      }
    }
    return connection;
  }

  private static void end(Connection transaction, boolean commit) throws SQLException {
    if (commit) {
      transaction.commit();
    } else {
      transaction.rollback();
    }
  }

  private static Lsn flushed() throws SQLException {
    return Lsn.parse(primary.string("select pg_current_wal_flush_lsn()"));
  }

  private static void awaitIngested() throws SQLException {
    Lsn end = flushed();
    await("ingestion of " + end)
        .atMost(LIMIT)
        .until(() ->
            stack.processes("pageserver").getFirst().all().at("timelines").list().stream()
                .map(timeline -> timeline.at("lsns").at("last_record_lsn").text())
                .anyMatch(last -> Lsn.parse(last).isAtLeast(end)));
  }

  /// It has all that the primary has written by now, and still takes no sessions.
  private static void awaitThatItWaits() throws SQLException {
    Lsn end = flushed();
    await("it waits, having " + end)
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(AssertionError.class)
        .until(() -> {
          Json status = stack.computeStatus("replica");
          return status.at("awaits_snapshot").text().equals("true")
              && Lsn.parse(status.at("replay_lsn").text()).isAtLeast(end);
        });
    assertThatThrownBy(() -> replica.open()).hasMessageContaining("not yet accepting connections");
  }

  private static void awaitCaughtUp() throws SQLException {
    Lsn end = flushed();
    await("replay up to " + end)
        .atMost(LIMIT)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .until(() -> Lsn.parse(replica.string("select pg_last_wal_replay_lsn()")).isAtLeast(end));
  }
}
