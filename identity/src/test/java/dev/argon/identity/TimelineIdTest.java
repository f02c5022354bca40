package dev.argon.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TimelineIdTest {

  @Test
  void textFormIsReadAndWritten() {
    String text = "00112233445566778899aabbccddeeff";

    TimelineId id = TimelineId.parse(text);

    assertThat(id.high()).isEqualTo(0x0011223344556677L);
    assertThat(id.toString()).isEqualTo(text);
  }

  @Test
  void textOfAnotherLengthOrAlphabetIsRefused() {
    assertThatThrownBy(() -> TimelineId.parse("00")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TimelineId.parse("zz112233445566778899aabbccddeeff"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
