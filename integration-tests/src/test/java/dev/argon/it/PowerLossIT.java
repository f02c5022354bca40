package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.check.LedgerSummary;
import dev.argon.it.powerloss.PowerLossLayer;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The power fails: of everything storage and control plane wrote, only what they fsynced is left,
/// and of the names in a directory only those of its last fsync. Nothing acknowledged is lost.
class PowerLossIT {

  private static final Duration PROGRESS = Duration.ofSeconds(60);

  @Test
  @Timeout(value = 40, unit = TimeUnit.MINUTES)
  void noAcknowledgedCommitIsLostWhenThePowerFails() throws SQLException {
    int losses = TestForm.choose(2, 20);
    Random random = new Random(TestForm.seed("PowerLossIT"));
    try (Stack stack = new Stack("power")) {
      // the compute's directory is a cache, the programs are copies, the logs are logs
      PowerLossLayer layer =
          new PowerLossLayer(
              stack.workspace(), stack.data(), List.of("endpoints", "runtime", "logs"));
      stack.with(layer.environment());
      stack.up();
      ConnectionSource source = stack.source();
      try (Ledger ledger = new Ledger(source, 6, random.nextLong(), 10)) {
        ledger.createTables();
        for (int loss = 0; loss < losses; loss++) {
          ledger.start();
          ledger.awaitProgress(20, PROGRESS);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(5000)));
          stack.killAll(random);
          Set<String> lost = layer.losePower();
          TestDirectory.delete(stack.data().resolve("endpoints"));
          stack.up();
          ledger.awaitProgress(2, PROGRESS);
          ledger.stop();
          LedgerSummary summary = ledger.verify();
          Amcheck.verify(source);
          System.out.printf(
              "PowerLossIT: %d of %d: %s; lost with the power: %s%n",
              loss + 1, losses, summary, lost);
          assertThat(lost).as("a layer that loses nothing is not there").isNotEmpty();
        }
      }
    }
  }
}
