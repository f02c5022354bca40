package dev.argon.compute.proposer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class WalRingTest {

  private static final int CAPACITY = 64;

  private static ByteBuffer wal(long fromLsn, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    for (int i = 0; i < count; i++) {
      bytes.put(i, valueAt(fromLsn + i));
    }
    return bytes;
  }

  private static byte valueAt(long lsn) {
    return (byte) (lsn * 31 + (lsn >> 8));
  }

  @Test
  void everyStretchStillThereReadsBackAsWritten() {
    long seed = 20261120;
    RandomGenerator random = new java.util.Random(seed);
    WalRing ring = new WalRing(CAPACITY, 1000);
    ByteBuffer[] slices = {ByteBuffer.allocate(0), ByteBuffer.allocate(0), ByteBuffer.allocate(0)};

    for (int round = 0; round < 500; round++) {
      int count = random.nextInt(CAPACITY + 1);
      ring.append(wal(ring.endLsn(), count));
      long from = random.nextLong(ring.startLsn(), ring.endLsn() + 1);
      long to = random.nextLong(from, ring.endLsn() + 1);
      ring.slices(from, to, slices, 1);

      long lsn = from;
      for (int part = 1; part < slices.length; part++) {
        while (slices[part].hasRemaining()) {
          assertThat(slices[part].get()).isEqualTo(valueAt(lsn++));
        }
      }
      assertThat(lsn).isEqualTo(to);
      assertThat(ring.endLsn() - ring.startLsn()).isLessThanOrEqualTo(CAPACITY);
    }
  }

  @Test
  void whatWasOverwrittenIsRefused() {
    WalRing ring = new WalRing(CAPACITY, 0);
    ring.append(wal(0, CAPACITY));

    assertThat(ring.willOverwriteBelow(8)).isEqualTo(8);
    ring.append(wal(CAPACITY, 8));

    assertThat(ring.contains(8, CAPACITY + 8)).isTrue();
    assertThat(ring.contains(7, 10)).isFalse();
    assertThatThrownBy(() -> ring.slices(7, 10, new ByteBuffer[3], 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
