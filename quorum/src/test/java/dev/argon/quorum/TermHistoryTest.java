package dev.argon.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.Lsn;
import org.junit.jupiter.api.Test;

class TermHistoryTest {

  private static final TermHistory LEADER = history(0, 100, 1, 100, 3, 200, 5, 300);

  private static Lsn lsn(long value) {
    return new Lsn(value);
  }

  private static TermHistory history(long... pairs) {
    TermHistory history = TermHistory.EMPTY;
    for (int i = 0; i < pairs.length; i += 2) {
      history = history.with(new Term(pairs[i]), lsn(pairs[i + 1]));
    }
    return history;
  }

  @Test
  void aHistoryDoesNotGoBack() {
    assertThatThrownBy(() -> history(1, 100, 1, 200)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> history(1, 100, 2, 99)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theLastLogTermIsThatOfTheLogNotOfTheHistory() {
    assertThat(LEADER.lastLogTerm(lsn(150))).isEqualTo(new Term(1));
    assertThat(LEADER.lastLogTerm(lsn(200))).isEqualTo(new Term(3));
    assertThat(LEADER.lastLogTerm(lsn(50))).isEqualTo(Term.ZERO);
  }

  @Test
  void logsPartWhereTheFirstOfThemLeavesTheCommonTerm() {
    // A shorter log of the same history.
    assertThat(LEADER.highestCommonPoint(history(0, 100, 1, 100), lsn(150))).isEqualTo(lsn(150));
    // It went on in term 1 where the leader's donor did not.
    assertThat(LEADER.highestCommonPoint(history(0, 100, 1, 100), lsn(250))).isEqualTo(lsn(200));
    // It went on with a term that the leader does not know.
    assertThat(LEADER.highestCommonPoint(history(0, 100, 1, 100, 2, 150), lsn(180)))
        .isEqualTo(lsn(150));
    // The same, but its own WAL in the common term went further.
    assertThat(LEADER.highestCommonPoint(history(0, 100, 1, 100, 2, 250), lsn(280)))
        .isEqualTo(lsn(200));
    // It follows this leader already: what it has is right.
    assertThat(LEADER.highestCommonPoint(LEADER, lsn(400))).isEqualTo(lsn(400));
    // Its history names a term of which it has nothing yet.
    assertThat(LEADER.highestCommonPoint(LEADER, lsn(250))).isEqualTo(lsn(250));
  }

  @Test
  void oneTermAtTwoPlacesIsNoHistoryOfOneTimeline() {
    assertThatThrownBy(() -> LEADER.highestCommonPoint(history(0, 100, 1, 120), lsn(150)))
        .isInstanceOf(IllegalStateException.class);
  }
}
