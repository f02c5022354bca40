package dev.argon.quorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Seeded runs of the consensus. A failure names its seed; `-Dquorum.seeds=N` runs more,
/// `-Dquorum.first=S` begins at another one.
class QuorumSimTest {

  private static final int SEEDS = Integer.getInteger("quorum.seeds", 200);
  private static final int FIRST = Integer.getInteger("quorum.first", 1);

  @Test
  void nothingCommittedIsEverLostWithThreeSafekeepers() {
    assertThat(runAll(3)).isGreaterThan(SEEDS * 15L * Cell.BYTES);
  }

  @Test
  void nothingCommittedIsEverLostWithFiveSafekeepers() {
    assertThat(runAll(5)).isGreaterThan(SEEDS * 5L * Cell.BYTES);
  }

  /// @return bytes committed in all runs: a simulation in which nothing happens shows nothing
  private static long runAll(int acceptorCount) {
    long committedBytes = 0;
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        committedBytes += new QuorumSimulation(seed, acceptorCount).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", " + acceptorCount + " safekeepers", e);
      }
    }
    return committedBytes;
  }
}
