package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Without a majority of safekeepers nothing is acknowledged, whatever a client does about it.
class QuorumIT {

  /// Long enough for everything that would give up by itself to do so.
  private static final Duration QUIET = Duration.ofSeconds(4);

  private static Stack stack;
  private static ConnectionSource source;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("quorum");
    stack.up();
    stack.set("max_prepared_transactions=10");
    source = stack.source();
    source.execute("create table t (who text primary key)");
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  @BeforeEach
  void bringBackWhatIsMissing() {
    stack.up();
  }

  /// §18.
  @Test
  void nothingIsAcknowledgedWhileTwoOfThreeAreDead() throws SQLException {
    source.execute("begin; insert into t values ('prepared before'); prepare transaction 'before'");
    List<PendingStatement> pending = new ArrayList<>();
    try (Connection observer = source.open()) {
      killSafekeeper(2);
      killSafekeeper(3);
      pending.add(insert("plain", ""));
      PendingStatement byFunction = insert("cancelled by pg_cancel_backend", "");
      PendingStatement byRequest = insert("cancelled by a cancel request", "");
      PendingStatement terminated = insert("terminated", "");
      pending.add(byFunction);
      pending.add(byRequest);
      pending.add(insert("statement timeout", "set statement_timeout = '500ms'"));
      pending.add(insert("transaction with timeouts", "set statement_timeout = '500ms'; begin"));
      pending.add(insert("remote_write", "set synchronous_commit = remote_write"));
      pending.add(insert("remote_apply", "set synchronous_commit = remote_apply"));
      pending.add(PendingStatement.send("commit prepared", source, "", "commit prepared 'before'"));
      pending.add(
          PendingStatement.send(
              "prepare transaction",
              source,
              "set statement_timeout = '500ms'; begin; insert into t values ('meanwhile')",
              "prepare transaction 'meanwhile'"));
      awaitWaiting(observer, pending.size() + 1);
      ConnectionSource.strings(
          observer, "select pg_cancel_backend(" + byFunction.backendPid() + ")");
      byRequest.cancel();
      ConnectionSource.strings(
          observer, "select pg_terminate_backend(" + terminated.backendPid() + ")");
      resetSynchronousStandbyNames(observer);
      pending.add(insert("after the reset", ""));

      Awaitility.await("nothing is answered")
          .during(QUIET)
          .atMost(QUIET.multipliedBy(2))
          .failFast(() -> {
            assertThat(pending).noneMatch(PendingStatement::isAnswered);
            assertThat(terminated.isAcknowledged()).isFalse();
          })
          .until(() -> true);
      // a terminated session has no client left to be told anything; as on a stock server its
      // transaction becomes visible, and is lost if the compute is
      assertThat(ConnectionSource.strings(observer, "select who from t")).isSubsetOf("terminated");
      assertThat(stack.processes())
          .as("status names the reason")
          .anyMatch(process ->
              process.kind().equals("compute")
                  && !process.health().equals("ok")
                  && process.reasons().toString().contains("safekeeper"));

      stack.up();

      Awaitility.await("all go on")
          .atMost(Duration.ofMinutes(1))
          .until(() -> pending.stream().allMatch(PendingStatement::isAnswered));
      assertThat(pending).allMatch(PendingStatement::isAcknowledged);
      assertThat(ConnectionSource.strings(observer, "select who from t"))
          .contains("plain", "after the reset", "prepared before", "statement timeout");
      assertThat(ConnectionSource.strings(observer, "select gid from pg_prepared_xacts"))
          .containsExactly("meanwhile");
      terminated.close();
    } finally {
      for (PendingStatement statement : pending) {
        statement.close();
      }
    }
  }

  /// §18.
  @Test
  void safekeeperWhoseDirectoryWasDeletedDoesNotVote() throws SQLException, IOException {
    source.execute("insert into t values ('before the loss')");
    RunningProcess third = safekeeper(3);
    Process empty;
    killSafekeeper(3);
    deleteAllBut(stack.data().resolve("safekeeper-3"), "safekeeper.json");
    killSafekeeper(1);
    // the second is alive with everything, the third alive with nothing
    empty = third.again().start();
    try (PendingStatement pending = insert("with an empty safekeeper", "")) {
      try (Connection observer = source.open()) {
        awaitWaiting(observer, 1);
      }
      Awaitility.await("it does not vote")
          .during(QUIET)
          .atMost(QUIET.multipliedBy(2))
          .failFast(() -> assertThat(pending.isAnswered()).as("%s", pending).isFalse())
          .until(() -> true);
      assertThat(stack.data().resolve("safekeeper-3"))
          .isDirectoryNotContaining("glob:**/*.partial");

      stack.up();

      Awaitility.await("it goes on with the first and the second")
          .atMost(Duration.ofMinutes(1))
          .until(pending::isAcknowledged);
    } finally {
      RunningProcess.kill(empty.pid());
    }
    // a new compute must be elected by the first and the second alone
    RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
    stack.up();
    assertThat(source.strings("select who from t"))
        .contains("before the loss", "with an empty safekeeper");
  }

  private static PendingStatement insert(String who, String before) throws SQLException {
    boolean block = before.endsWith("begin");
    String insert = "insert into t values ('" + who + "')";
    return PendingStatement.send(
        who, source, block ? before + "; " + insert : before, block ? "commit" : insert);
  }

  /// Waits until so many backends wait for the quorum.
  private static void awaitWaiting(Connection observer, int count) {
    Awaitility.await("waiting commits")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() ->
            ConnectionSource.number(
                    observer, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
                >= count);
  }

  /// Whether it is refused or does nothing is the same to us.
  private static void resetSynchronousStandbyNames(Connection observer) {
    try (Statement statement = observer.createStatement()) {
      statement.execute("alter system reset synchronous_standby_names");
    } catch (SQLException e) {
      System.out.println("QuorumIT: refused: " + e.getMessage());
    }
    try (Statement statement = observer.createStatement()) {
      statement.execute("alter system set synchronous_standby_names = ''");
    } catch (SQLException e) {
      System.out.println("QuorumIT: refused: " + e.getMessage());
    }
    try (Statement statement = observer.createStatement()) {
      statement.execute("select pg_reload_conf()");
    } catch (SQLException e) {
      throw new AssertionError("reload", e);
    }
  }

  private static RunningProcess safekeeper(int number) {
    return stack.jvms("SafekeeperMain").stream()
        .filter(p -> String.join(" ", p.words()).contains("safekeeper-" + number + "/"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("safekeeper " + number + " does not run"));
  }

  private static void killSafekeeper(int number) {
    RunningProcess.kill(safekeeper(number).pid());
  }

  private static void deleteAllBut(Path directory, String kept) throws IOException {
    List<Path> entries;
    try (Stream<Path> all = Files.list(directory)) {
      entries = all.filter(path -> !path.getFileName().toString().equals(kept)).toList();
    }
    entries.forEach(TestDirectory::delete);
  }
}
