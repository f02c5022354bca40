package dev.argon.pageserver.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class IndexFileTest {

  private static final TimelineIndex INDEX =
      new TimelineIndex(
          1,
          "00000000000000000000000000000001",
          "00000000000000000000000000000002",
          7,
          9,
          null,
          null,
          "0/1000",
          "1/2000",
          3,
          15,
          -5,
          0,
          false,
          new Membership(4, List.of(new Membership.Member(1, "127.0.0.1", 5454))),
          List.of());

  @Test
  void indexComesBack() throws CorruptDataException {
    TimelineIndex again = IndexFile.decode(IndexFile.encode(INDEX), "here");

    assertThat(again).isEqualTo(INDEX);
    assertThat(again.diskConsistent()).isEqualTo(0x1_0000_2000L);
  }

  @Test
  void tornOrChangedIndexIsNoticed() {
    byte[] file = IndexFile.encode(INDEX);
    for (int length = 0; length < file.length; length++) {
      byte[] torn = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> IndexFile.decode(torn, "here"))
          .isInstanceOf(CorruptDataException.class);
    }
    for (int i = 0; i < file.length; i++) {
      byte[] changed = file.clone();
      changed[i] ^= 4;
      assertThatThrownBy(() -> IndexFile.decode(changed, "here"))
          .isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void laterFormatIsNamed() {
    String text = new String(IndexFile.encode(INDEX), StandardCharsets.UTF_8);
    byte[] later =
        text.replaceFirst("argon-index 1", "argon-index 2").getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> IndexFile.decode(later, "here"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("format 2");
  }
}
