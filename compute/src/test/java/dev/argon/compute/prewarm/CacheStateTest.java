package dev.argon.compute.prewarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CacheStateTest {

  private static CacheState twoParts() {
    BitSet blocks = new BitSet();
    blocks.set(0);
    blocks.set(127);
    blocks.set(128 + 9);
    return new CacheState(
        7,
        List.of(
            new CacheState.Part(new RelFileNode(1663, 5, 16384), 0, 256),
            new CacheState.Part(new RelFileNode(1664, 0, 1260), 2, 0)),
        blocks);
  }

  @Test
  void bytesAreAsTheFormatSays() {
    String expected =
        "fcfcfcfc"
            + "02000000"
            + "03000000"
            + "0700"
            + "0000"
            + "7f060000"
            + "05000000"
            + "00400000"
            + "00000000"
            + "00010000"
            + "80060000"
            + "00000000"
            + "ec040000"
            + "02000000"
            + "00000000"
            + "01000000000000000000000000000080"
            + "00020000000000000000000000000000";

    assertThat(HexFormat.of().formatHex(twoParts().encode())).isEqualTo(expected);
  }

  @Test
  void whatWasWrittenIsRead() throws Exception {
    assertThat(CacheState.decode(twoParts().encode())).isEqualTo(twoParts());
  }

  @Test
  void partsOfAnotherSizeAreRead() throws Exception {
    byte[] bytes =
        HexFormat.of()
            .parseHex(
                "fcfcfcfc"
                    + "02000000"
                    + "03000000"
                    + "0100"
                    + "0000"
                    + "7f060000"
                    + "05000000"
                    + "00400000"
                    + "00000000"
                    + "00010000"
                    + "7f060000"
                    + "05000000"
                    + "00400000"
                    + "00000000"
                    + "02010000"
                    + "0d");

    CacheState state = CacheState.decode(bytes);

    assertThat(state.partBlocksLog()).isEqualTo(1);
    assertThat(state.blocks().stream()).containsExactly(0, 2, 3);
    assertThat(state.encode()).isEqualTo(bytes);
  }

  @Test
  void whatIsNoStateIsRefused() {
    byte[] good = twoParts().encode();
    byte[] longer = java.util.Arrays.copyOf(good, good.length + 1);
    byte[] shorter = java.util.Arrays.copyOf(good, good.length - 1);
    byte[] otherCount = good.clone();
    otherCount[8] = 4;
    byte[] fork = good.clone();
    fork[16 + 12] = 4;

    for (byte[] bytes : List.of(new byte[0], new byte[16], longer, shorter, otherCount, fork)) {
      assertThatThrownBy(() -> CacheState.decode(bytes)).isInstanceOf(CorruptDataException.class);
    }
  }

  /// §6.
  @Test
  void anyBytesGiveAStateOrAnError() {
    Random random = new Random(5);
    byte[] good = twoParts().encode();
    int states = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = java.util.Arrays.copyOf(good, good.length - random.nextInt(3));
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        states += CacheState.decode(bytes).blockCount() >= 0 ? 1 : 0;
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageContaining("local cache");
      }
    }
    assertThat(states).isPositive();
  }
}
