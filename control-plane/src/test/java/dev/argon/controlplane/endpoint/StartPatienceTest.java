package dev.argon.controlplane.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StartPatienceTest {

  private final StartPatience patience = new StartPatience(Duration.ofNanos(100), 1000);

  private static ComputeStatus status(@Nullable String replayLsn, boolean awaitsSnapshot) {
    return new ComputeStatus("init", null, null, 1, replayLsn, awaitsSnapshot);
  }

  @Test
  void whoSaysNothingOrOnlyThatItStartsHasTheLimit() {
    patience.heard(status(null, false), 1099);

    assertThat(patience.isOver(1099)).isFalse();
    assertThat(patience.isOver(1100)).isTrue();
  }

  @Test
  void replayThatGetsOnBeginsTheTimeAnewAndReplayThatStandsDoesNot() {
    patience.heard(status("0/1", false), 1090);
    patience.heard(status("0/2", false), 1180);
    patience.heard(status("0/2", false), 1270);

    assertThat(patience.isOver(1279)).isFalse();
    assertThat(patience.isOver(1280)).isTrue();
  }

  @Test
  void whoWaitsForASnapshotWaitsAsLongAsItSaysSo() {
    for (int now = 1090; now < 5000; now += 90) {
      patience.heard(status("0/2", true), now);
      assertThat(patience.isOver(now + 99)).isFalse();
    }

    patience.heard(status("0/2", false), 5000);

    assertThat(patience.isOver(5090)).isTrue();
  }
}
