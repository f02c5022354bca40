package dev.argon.controlplane.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackOffTest {

  @Test
  void pausesGrowToALimitAndBeginAnewAfterALongRun() {
    BackOff backOff = new BackOff();

    assertThat(backOff.after(Duration.ZERO)).isZero();
    assertThat(backOff.after(Duration.ZERO)).isEqualTo(Duration.ofMillis(500));
    assertThat(backOff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
    for (int i = 0; i < 10; i++) {
      backOff.after(Duration.ZERO);
    }
    assertThat(backOff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(30));
    assertThat(backOff.after(Duration.ofMinutes(2))).isZero();
  }
}
