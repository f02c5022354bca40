package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import dev.argon.safekeeper.failpoint.Failpoint;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// A safekeeper is killed at each named step in turn, under load, with what makes it come to that
/// step; afterwards the ledger must be whole. A step that is never reached fails the test.
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class KillMatrixIT {

  private static final int CLIENTS = 4;
  private static final int KILLED = 128 + 9;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @Test
  @Timeout(value = 60, unit = TimeUnit.MINUTES)
  @DisplayName("SIGKILL at every named step of a safekeeper loses nothing that was acknowledged")
  void noAcknowledgedCommitIsLostWhereverASafekeeperIsKilled() throws SQLException {
    Random random = new Random(TestForm.seed("KillMatrixIT"));
    String pattern = System.getProperty("argon.failpoints", ".*");
    List<Failpoint> points =
        Arrays.stream(Failpoint.values()).filter(point -> point.text().matches(pattern)).toList();
    assertThat(points).as("-Dargon.failpoints=%s", pattern).isNotEmpty();
    try (Stack stack = new Stack("matrix")) {
      stack.up();
      ConnectionSource source = stack.source();
      try (Ledger ledger = new Ledger(source, CLIENTS, random.nextLong(), 10)) {
        ledger.createTables();
        for (Failpoint point : points) {
          long begin = System.nanoTime();
          ledger.start();
          ledger.awaitProgress(3, LIMIT);
          Provocation provocation = new Provocation(stack, ledger, point, 1 + random.nextInt(3));
          OwnSafekeeper victim = provocation.reach();

          assertThat(victim.awaitEnd(LIMIT)).as("exit code at %s", point).isEqualTo(KILLED);
          assertThat(victim.logContains("failpoint " + point.text() + " is reached"))
              .as("%s was reached", point)
              .isTrue();

          long killed = System.nanoTime();
          stack.up();
          ledger.awaitProgress(3, LIMIT);
          provocation.verify();
          ledger.stop();
          System.out.printf(
              "KillMatrixIT: %s, safekeeper %d: %s; killed after %d ms, verified after %d ms%n",
              point.text(),
              victim.number(),
              ledger.verify(),
              (killed - begin) / 1_000_000,
              (System.nanoTime() - begin) / 1_000_000);
        }
        Amcheck.verify(source);
      }
      stack.downAndNothingIsLeft();
    }
  }
}
