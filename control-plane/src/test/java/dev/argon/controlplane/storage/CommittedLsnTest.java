package dev.argon.controlplane.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommittedLsnTest {

  private static SafekeeperTimelineInfo answer(long term, String flush, String commit) {
    return new SafekeeperTimelineInfo(term, flush, commit);
  }

  private static CommittedLsn of(SafekeeperTimelineInfo... answers) {
    return CommittedLsn.of(3, List.of(answers)).orElseThrow();
  }

  @Test
  void whatTwoOfThreeHaveFlushedInTheNewestTermIsCommitted() {
    CommittedLsn view =
        of(answer(2, "0/300", "0/100"), answer(2, "0/200", "0/100"), answer(2, "0/150", "0/100"));

    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isTrue();
  }

  @Test
  void withOneSilentItsFlushPositionMayBeTheHighest() {
    CommittedLsn view = of(answer(2, "0/300", "0/100"), answer(2, "0/200", "0/100"));

    assertThat(view.acknowledgedMax()).isEqualTo(Lsn.parse("0/300"));
    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isFalse();
    assertThat(of(answer(2, "0/300", "0/300"), answer(2, "0/300", "0/100")).isDecided()).isTrue();
  }

  @Test
  void aLongerLogOfAnOlderTermDoesNotCount() {
    CommittedLsn view =
        of(answer(1, "0/900", "0/100"), answer(2, "0/200", "0/150"), answer(2, "0/200", "0/150"));

    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isTrue();
  }

  @Test
  void aMinorityKnowsNothing() {
    assertThat(CommittedLsn.of(3, List.of(answer(2, "0/300", "0/300")))).isEmpty();
  }
}
