package dev.argon.safekeeper.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The first seeds of the simulation, each with its share of commits, faults and time.
class SimulationTest {

  /// A third of them exchanges members.
  private static final int SEEDS = Integer.getInteger("sim.seeds", 501);

  /// A ledger to go on with for so many seeds, instead of the first ones.
  private static final String LEDGER = System.getProperty("sim.ledger", "");

  /// One seed to see again, with all that happens in it.
  private static final long REPLAYED = Long.getLong("sim.seed", 0);

  @BeforeAll
  static void quiet() {
    SimulationRun.quiet();
  }

  @AfterAll
  static void loud() {
    SimulationRun.loud();
  }

  @Test
  void nothingAcknowledgedIsLostWhateverGoesWrong() throws IOException {
    if (REPLAYED > 0) {
      new Simulation(REPLAYED, true, System.out::println).run();
      return;
    }
    if (!LEDGER.isEmpty()) {
      assertThat(SimulationRun.many(Path.of(LEDGER), SEEDS, "")).isTrue();
      return;
    }
    Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    AtomicInteger exchanging = new AtomicInteger();

    Seeds.run(
        1,
        SEEDS,
        () -> true,
        SimulationRun::run,
        outcome -> {
          assertThat(outcome.commits()).isGreaterThanOrEqualTo(Simulation.COMMITS_MIN);
          assertThat(outcome.faultCount()).isGreaterThanOrEqualTo(Simulation.FAULTS_MIN);
          assertThat(outcome.faults()).hasSizeGreaterThanOrEqualTo(Simulation.KINDS_MIN);
          assertThat(outcome.virtualMicros())
              .isGreaterThanOrEqualTo(Simulation.SECONDS_MIN * VirtualTime.SECOND);
          outcome.faults().forEach((fault, count) -> faults.merge(fault, count, Integer::sum));
          exchanging.addAndGet(outcome.exchanged() ? 1 : 0);
        });

    assertThat(exchanging).hasValue(SEEDS / 3);
    assertThat(faults).containsOnlyKeys(Fault.values());
  }
}
