package dev.argon.compute.proposer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.node.HostPort;
import dev.argon.quorum.HotStandbyFeedback;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafekeeperLinksTest {

  private final SafekeeperLinks links =
      new SafekeeperLinks(
          List.of(new HostPort("a", 1), new HostPort("a", 2), new HostPort("a", 3)));

  /// §17.
  @Test
  void standbysNeedTheOldestOfWhatAnySafekeeperHeard() {
    assertThat(links.standbyNeeds()).isEqualTo(HotStandbyFeedback.NONE);

    links.of(1).standbys = new HotStandbyFeedback(5, (1L << 32) + 7, 0);
    links.of(2).standbys = new HotStandbyFeedback(9, 4_000_000_000L, 700);

    assertThat(links.standbyNeeds()).isEqualTo(new HotStandbyFeedback(9, 4_000_000_000L, 700));
  }

  @Test
  void safekeeperThatIsGoneNeedsNothing() {
    links.of(0).standbys = new HotStandbyFeedback(5, 500, 0);
    links.of(1).standbys = new HotStandbyFeedback(5, 600, 0);

    links.of(0).lost("gone", 0);

    assertThat(links.standbyNeeds().xmin()).isEqualTo(600);
    links.remove(links.of(1));
    assertThat(links.standbyNeeds()).isEqualTo(HotStandbyFeedback.NONE);
  }
}
