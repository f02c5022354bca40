package dev.argon.it;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Pgbench;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// TPC-B at scale 20 with 8 clients for a minute: the four tables agree, also after everything was
/// killed.
class TpcbIT {

  private static final int SCALE = 20;
  private static final int CLIENTS = 8;
  private static final int SECONDS = 60;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void balancesAgreeAfterAMinuteAndAfterAKillOfEverything() throws SQLException {
    try (Stack stack = new Stack("tpcb")) {
      stack.up();
      Pgbench pgbench = new Pgbench(stack.source());
      System.out.printf("TpcbIT: pgbench -i -s %d took %s%n", SCALE, pgbench.initialize(SCALE));
      Pgbench.Run run = pgbench.tpcb(CLIENTS, SECONDS);
      System.out.printf("TpcbIT: %s%n", run);
      pgbench.verifyBalances(run.processed(), run.processed());

      stack.killAllAndDeleteCaches(new Random(TestForm.seed("TpcbIT")));
      stack.up();

      pgbench.verifyBalances(run.processed(), run.processed());
      Amcheck.verify(stack.source());
    }
  }
}
