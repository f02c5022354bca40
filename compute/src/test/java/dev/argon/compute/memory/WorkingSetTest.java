package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.argon.postgres.Lsn;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkingSetTest {

  private static final long NOW = 1_700_000_000L;

  @TempDir Path directory;

  private SharedMemory memory;

  @BeforeEach
  void create() throws Exception {
    memory =
        SharedMemory.create(
            directory.resolve("shared"),
            new SharedMemorySettings(
                new Lsn(0x1000028), SharedMemorySettings.Mode.PRIMARY, 10, 64));
  }

  @AfterEach
  void close() {
    memory.close();
  }

  /// As `argon_note_read` does, with a good hash.
  private void read(long hash, long seconds) {
    int register = (int) (hash & (SharedMemoryLayout.READ_REGISTERS - 1));
    int rank = Math.min(Long.numberOfTrailingZeros(hash >>> 10), SharedMemoryLayout.READ_RANKS - 1);
    memory.setInt(
        memory.longAt(SharedMemoryLayout.HEADER_READS_OFFSET)
            + 4L * ((long) rank * SharedMemoryLayout.READ_REGISTERS + register),
        (int) seconds);
  }

  private void readMany(long seed, int blocks, long seconds) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < blocks; i++) {
      read(random.nextLong(), seconds);
    }
  }

  @Test
  void nothingReadIsNothing() {
    assertThat(memory.workingSet().blocks()).isZero();
    assertThat(memory.workingSet().blocks(NOW, 60)).isZero();
  }

  /// RQ-14, §6.
  @Test
  void estimateIsNearTheTruthAtAnySize() {
    for (int blocks : new int[] {1, 10, 500, 2_000, 5_000, 100_000, 3_000_000}) {
      memory.workingSet().reset();
      readMany(blocks, blocks, NOW);

      assertThat((double) memory.workingSet().blocks())
          .as("%d blocks", blocks)
          .isCloseTo(blocks, within(Math.max(1, blocks * 0.1)));
    }
  }

  @Test
  void readingTheSameAgainChangesNothing() {
    readMany(3, 40_000, NOW);
    long once = memory.workingSet().blocks();

    readMany(3, 40_000, NOW + 1);

    assertThat(memory.workingSet().blocks()).isEqualTo(once);
  }

  /// CM-5, §6.
  @Test
  void windowSeesOnlyWhatWasReadInIt() {
    readMany(1, 100_000, NOW - 3_000);
    readMany(2, 1_000, NOW - 100);
    readMany(4, 20, NOW - 5);

    assertThat((double) memory.workingSet().blocks(NOW, 3_600)).isCloseTo(101_020, within(10_000d));
    assertThat((double) memory.workingSet().blocks(NOW, 600)).isCloseTo(1_020, within(100d));
    assertThat((double) memory.workingSet().blocks(NOW, 60)).isCloseTo(20, within(3d));
    assertThat(memory.workingSet().blocks(NOW, 1)).isZero();
  }

  @Test
  void blockReadAgainStaysInTheShortWindow() {
    readMany(1, 10_000, NOW - 3_000);
    readMany(1, 10_000, NOW);

    assertThat(memory.workingSet().blocks(NOW, 60)).isEqualTo(memory.workingSet().blocks());
  }
}
