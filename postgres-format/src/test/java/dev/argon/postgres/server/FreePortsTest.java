package dev.argon.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortsTest {

  /// A server's two ports, asked for one after the other, were the same one time in 210.
  @Test
  void nobodyGetsABlockThatAnotherHasBeenGivenAndHasYetToBind() {
    int[] blocks = IntStream.range(0, 50).map(i -> FreePorts.block(1)).toArray();

    assertThat(blocks).doesNotHaveDuplicates();
  }
}
