package dev.argon.pageserver.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who waits for a position, and what others learn of it.
class LsnGateTest {

  @Test
  void itIsKnownWhatIsWaitedForWhileSomebodyWaits() throws InterruptedException {
    LsnGate gate = new LsnGate(10);
    List<Long> wanted = new ArrayList<>();
    gate.onWait(() -> wanted.add(gate.wantedLsn()));

    assertThat(gate.await(10, 0)).isTrue();
    assertThat(wanted).isEmpty();
    assertThat(gate.await(12, 0)).isFalse();
    assertThat(wanted).containsExactly(12L);
    assertThat(gate.wantedLsn()).isZero();
  }

  @Test
  void whoIsToldOfAWaitCanEndIt() throws InterruptedException {
    LsnGate gate = new LsnGate(10);
    gate.onWait(() -> gate.advance(12));

    assertThat(gate.await(12, 0)).isTrue();
  }
}
