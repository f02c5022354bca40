package dev.argon.waltools.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class PageKindTest {

  private static PageKind kind(long special) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 24).putShort(14, (short) 8184).putShort(16, (short) 8184);
    page.putShort(18, (short) (8192 | 4)).putLong(8184, special);
    return PageKind.recognise(page.array());
  }

  /// Its right neighbour's number, 5911, is the magic number of a sequence.
  @Test
  void indexPageBeforeBlock5911IsNoSequence() {
    assertThat(kind(0x1717)).isEqualTo(PageKind.SEQUENCE);
    assertThat(kind(0x0083_0005_0000_1717L)).isEqualTo(PageKind.GIN);
    assertThat(kind(0xFF90_0000_0000_1717L)).isEqualTo(PageKind.UNKNOWN);
  }
}
