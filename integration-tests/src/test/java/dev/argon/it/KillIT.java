package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.check.LedgerSummary;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// No acknowledged commit is ever lost, whatever is killed and whenever.
class KillIT {

  private static final int CLIENTS = 6;
  private static final int THINK_MILLIS_MAX = 15;
  private static final Duration PROGRESS = Duration.ofSeconds(60);

  /// PostgreSQL and its JVM end when the other one does.
  private static final Duration TOGETHER = Duration.ofSeconds(30);

  private enum Victim {
    POSTMASTER,
    BACKEND,
    COMPUTE,
    PAGESERVER,
    SAFEKEEPER,
    CONTROL_PLANE,
    EVERYTHING
  }

  /// §15, §18, §23, §31.
  @Test
  @Timeout(value = 150, unit = TimeUnit.MINUTES)
  void noAcknowledgedCommitIsLost() throws SQLException {
    int kills = TestForm.choose(11, 105);
    Random random = new Random(TestForm.seed("KillIT"));
    try (Stack stack = new Stack("kill")) {
      stack.up();
      ConnectionSource source = stack.source();
      try (Ledger ledger = new Ledger(source, CLIENTS, random.nextLong(), THINK_MILLIS_MAX)) {
        ledger.createTables();
        for (int kill = 0; kill < kills; kill++) {
          // each victim in turn first, so that none is left out; then by chance
          Victim victim =
              kill < Victim.values().length
                  ? Victim.values()[kill]
                  : Victim.values()[random.nextInt(Victim.values().length)];
          long begin = System.nanoTime();
          ledger.start();
          ledger.awaitProgress(5, PROGRESS);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1500)));
          List<Path> directories = stack.computeDirectories();
          kill(stack, victim, random);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(300)));
          stack.deleteAbandoned(directories);
          stack.up();
          ledger.awaitProgress(2, PROGRESS);
          ledger.stop();
          LedgerSummary summary = ledger.verify();
          Amcheck.verify(source);
          System.out.printf(
              "KillIT: %d of %d, %s: %s, %d ms%n",
              kill + 1,
              kills,
              victim,
              summary,
              TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        }
        assertThat(ledger.acknowledged()).isGreaterThan(kills * 20L);
      }
      stack.downAndNothingIsLeft();
    }
  }

  private static void kill(Stack stack, Victim victim, Random random) throws SQLException {
    switch (victim) {
      case POSTMASTER -> {
        long compute = stack.jvms("ComputeMain").getFirst().pid();
        RunningProcess.kill(stack.postmasters().getFirst().pid());
        RunningProcess.awaitEnd(compute, TOGETHER);
      }
      case BACKEND -> killBackend(stack, random);
      case COMPUTE -> {
        long postmaster = stack.postmasters().getFirst().pid();
        RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
        RunningProcess.awaitEnd(postmaster, TOGETHER);
      }
      case PAGESERVER -> RunningProcess.kill(stack.jvms("PageserverMain").getFirst().pid());
      case CONTROL_PLANE -> RunningProcess.kill(stack.jvms("ControlPlaneMain").getFirst().pid());
      case SAFEKEEPER -> {
        var safekeepers = stack.jvms("SafekeeperMain");
        RunningProcess.kill(safekeepers.get(random.nextInt(safekeepers.size())).pid());
      }
      case EVERYTHING -> stack.killAll(random);
    }
  }

  /// A backend that crashes may have spoilt shared memory: the whole compute must start anew, and
  /// it must have ended by itself.
  private static void killBackend(Stack stack, Random random) {
    long postmaster = stack.postmasters().getFirst().pid();
    List<Long> backends =
        RunningProcess.childrenOf(postmaster).stream()
            .filter(pid ->
                RunningProcess.of(pid)
                    .filter(p -> String.join(" ", p.words()).contains("127.0.0.1"))
                    .isPresent())
            .toList();
    RunningProcess.kill(backends.get(random.nextInt(backends.size())));
    RunningProcess.awaitEnd(postmaster, TOGETHER);
  }
}
