package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.check.Pgbench;
import dev.argon.it.check.TpcbLoad;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Safekeepers are exchanged while clients write: no client sees an error, no row is lost.
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class ReplaceSafekeeperIT {

  private static final int ROUNDS = 3;
  private static final int LEDGER_CLIENTS = 3;
  private static final int PGBENCH_CLIENTS = 3;
  private static final int THINK_MILLIS_MAX = 20;
  private static final Duration PROGRESS = Duration.ofSeconds(60);
  private static final Duration CHANGE = Duration.ofMinutes(2);

  /// §18.
  @Test
  @Timeout(value = 60, unit = TimeUnit.MINUTES)
  void deadAndLivingSafekeepersAreReplacedUnderLoad() throws SQLException {
    Random random = new Random(TestForm.seed("ReplaceSafekeeperIT"));
    try (Stack stack = new Stack("replace")) {
      stack.up();
      ConnectionSource source = stack.source();
      Pgbench pgbench = new Pgbench(source);
      pgbench.initialize(1);
      try (Ledger ledger = new Ledger(source, LEDGER_CLIENTS, random.nextLong(), THINK_MILLIS_MAX);
          TpcbLoad load = new TpcbLoad(pgbench, PGBENCH_CLIENTS)) {
        ledger.createTables();
        ledger.start();
        load.start();
        ledger.awaitProgress(5, PROGRESS);
        Members members = new Members(stack, ledger);

        for (int round = 0; round < ROUNDS; round++) {
          long dead = members.any(random);
          members.lose(dead);
          members.replace(dead);
          long living = members.any(random);
          members.replaceAcrossACrash(living, () -> {});
          members.commitsGoOnWithout(members.oldest());
        }
        members.assertThreeMustStay();

        ledger.stop();
        long processed = load.stop();
        assertThat(ledger.lastError()).as("what a ledger client has met").isEqualTo("none");
        assertThat(ledger.inDoubt()).isZero();
        stack.killAllAndDeleteCaches(random);
        stack.up();
        ledger.verify();
        pgbench.verifyBalances(processed, processed);
        Amcheck.verifyAlone(source);
        System.out.printf(
            "ReplaceSafekeeperIT: %s, %d transactions of pgbench, %d of the ledger%n",
            members, processed, ledger.acknowledged());
      }
      stack.downAndNothingIsLeft();
    }
  }

  /// Here clients lose their connections, but nothing that was acknowledged.
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void aComputeStartsInTheMiddleOfAChange() throws SQLException {
    Random random = new Random(TestForm.seed("ReplaceSafekeeperIT"));
    try (Stack stack = new Stack("replace-compute")) {
      stack.up();
      ConnectionSource source = stack.source();
      try (Ledger ledger =
          new Ledger(source, LEDGER_CLIENTS, random.nextLong(), THINK_MILLIS_MAX)) {
        ledger.createTables();
        ledger.start();
        ledger.awaitProgress(5, PROGRESS);
        Members members = new Members(stack, ledger);

        members.replaceAcrossACrash(
            members.any(random),
            () -> RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid()));
        members.commitsGoOnWithout(members.oldest());

        ledger.stop();
        ledger.verify();
      }
      stack.downAndNothingIsLeft();
    }
  }

  /// The safekeepers of branch `main`, and what the test does to them.
  private static final class Members {

    private final Stack stack;
    private final Ledger ledger;
    private long generation = 1;

    Members(Stack stack, Ledger ledger) {
      this.stack = stack;
      this.ledger = ledger;
    }

    private Json membership() {
      return stack.statusJson().at("memberships").list().getFirst();
    }

    private static List<Long> ids(Json members) {
      return members.list().stream().map(member -> member.at("id").number()).toList();
    }

    List<Long> ids() {
      return ids(membership().at("members"));
    }

    long any(Random random) {
      List<Long> ids = ids();
      return ids.get(random.nextInt(ids.size()));
    }

    /// The member with the lowest number: not one of those that were just added.
    long oldest() {
      return ids().stream().mapToLong(Long::longValue).min().orElseThrow();
    }

    void kill(long id) {
      RunningProcess.kill(process(id).pid());
      ledger.awaitProgress(5, PROGRESS);
    }

    /// Its machine is gone, with the disk.
    void lose(long id) {
      RunningProcess.kill(process(id).pid());
      TestDirectory.delete(stack.data().resolve("safekeeper-" + id));
      ledger.awaitProgress(5, PROGRESS);
    }

    private Optional<RunningProcess> find(long id) {
      return stack.jvms("SafekeeperMain").stream()
          .filter(p -> String.join(" ", p.words()).contains("safekeeper-" + id + "/"))
          .findFirst();
    }

    private boolean runs(long id) {
      return find(id).isPresent();
    }

    private RunningProcess process(long id) {
      return find(id).orElseThrow(() -> new AssertionError("safekeeper " + id + " does not run"));
    }

    private long add() {
      return Json.parse(stack.argon("safekeeper", "add", "--json").ok().out()).at("id").number();
    }

    void replace(long old) {
      long added = add();
      stack.argon("safekeeper", "replace", Long.toString(old), Long.toString(added)).ok();
      assertReplaced(old, added);
    }

    /// The added safekeeper dies when it takes the timeline over, and with the change half done the
    /// control plane.
    ///
    /// @param meanwhile done while the configuration is joint
    void replaceAcrossACrash(long old, Runnable meanwhile) {
      Map<String, String> failpoint = Map.of("ARGON_FAILPOINT", "control-write-before:1");
      stack.with(failpoint);
      long added = add();
      stack.without(failpoint);
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> stack.argon("safekeeper", "replace", "" + old, "" + added));
      Awaitility.await("the change has begun and the added safekeeper has died")
          .atMost(CHANGE)
          .pollInterval(100, TimeUnit.MILLISECONDS)
          .until(() -> membership().has("new_members") && !runs(added));
      assertThat(ids(membership().at("members"))).contains(old);
      meanwhile.run();
      ledger.awaitProgress(5, PROGRESS);
      RunningProcess.kill(stack.jvms("ControlPlaneMain").getFirst().pid());
      ledger.awaitProgress(5, PROGRESS);
      join(waiting);
      stack.up();
      stack.argon("safekeeper", "replace", "" + old, "" + added).ok();
      assertReplaced(old, added);
    }

    private static void join(Thread thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }

    private void assertReplaced(long old, long added) {
      generation += 2;
      Json now = membership();
      assertThat(now.at("generation").number()).isEqualTo(generation);
      assertThat(ids(now.at("members"))).hasSize(3).contains(added).doesNotContain(old);
      assertThat(now.has("new_members")).isFalse();
      assertThat(stack.processes("safekeeper"))
          .extracting(process -> process.name())
          .contains("safekeeper-" + added)
          .doesNotContain("safekeeper-" + old);
      ledger.awaitProgress(5, PROGRESS);
    }

    /// Then the added ones are needed for every commit.
    void commitsGoOnWithout(long id) {
      kill(id);
      stack.up();
      ledger.awaitProgress(5, PROGRESS);
    }

    void assertThreeMustStay() {
      Command.Result refused = stack.argon("safekeeper", "remove", "" + oldest());
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains("only 2 would be left").contains("safekeeper add");
    }

    @Override
    public String toString() {
      return "generation " + generation + ", safekeepers " + ids();
    }
  }
}
