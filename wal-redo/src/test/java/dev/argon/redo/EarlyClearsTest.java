package dev.argon.redo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class EarlyClearsTest {

  private final EarlyClears clears = new EarlyClears();
  private final ByteBuffer actual = ByteBuffer.allocate(PageStore.PAGE_SIZE);
  private final ByteBuffer image = ByteBuffer.allocate(PageStore.PAGE_SIZE);

  @Test
  void aBitThatIsClearedLaterIsNoDifference() {
    actual.put(405, (byte) 0xFF);
    image.put(405, (byte) 0xFD);

    assertThat(clears.compare("map", actual, image)).isEmpty();
    clears.observe();
    assertThat(clears.neverCleared()).containsExactly("map");

    actual.put(405, (byte) 0xFD);
    clears.observe();
    actual.put(405, (byte) 0xFF);
    clears.observe();

    assertThat(clears.neverCleared()).isEmpty();
  }

  @Test
  void aBitThatOnlyTheImageHasIsADifference() {
    actual.put(405, (byte) 0xFD);
    image.put(405, (byte) 0xFF);

    assertThat(clears.compare("map", actual, image)).isEqualTo("byte 405 is FD, expected FF");
  }
}
