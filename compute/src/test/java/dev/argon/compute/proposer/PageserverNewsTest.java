package dev.argon.compute.proposer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageserverNewsTest {

  private final List<PageserverFeedback> told = new ArrayList<>();
  private final PageserverNews news = new PageserverNews();

  private static PageserverFeedback feedback(long received, long onDisk, long uploaded, long time) {
    return new PageserverFeedback(0, new Lsn(received), new Lsn(onDisk), new Lsn(uploaded), time);
  }

  @Test
  void eachChangeIsToldOnce() {
    news.tell(told::add);
    PageserverFeedback first = feedback(30, 20, 10, 1);
    PageserverFeedback received = feedback(40, 20, 10, 2);
    PageserverFeedback onDisk = feedback(40, 40, 10, 3);
    PageserverFeedback uploaded = feedback(40, 40, 40, 4);

    for (PageserverFeedback feedback : List.of(first, received, onDisk, uploaded)) {
      news.heard(feedback);
      // another safekeeper passes on the same, said a moment later
      news.heard(
          new PageserverFeedback(
              feedback.currentTimelineSizeBytes(),
              feedback.lastReceivedLsn(),
              feedback.diskConsistentLsn(),
              feedback.remoteConsistentLsn(),
              feedback.replyTimeMicros() + 1));
    }

    assertThat(told).containsExactly(first, received, onDisk, uploaded);
  }

  @Test
  void whatASafekeeperPassesOnLateIsNoNews() {
    news.tell(told::add);
    PageserverFeedback newer = feedback(40, 20, 10, 2);

    news.heard(newer);
    news.heard(feedback(30, 20, 5, 1));

    assertThat(told).containsExactly(newer);
  }

  @Test
  void nothingGoesBackWhenSafekeepersPassOnInAnotherOrder() {
    news.tell(told::add);
    PageserverFeedback first = feedback(40, 20, 10, 2);

    news.heard(first);
    // said before the first, passed on after it: nothing was received in between
    news.heard(feedback(40, 15, 5, 1));
    news.heard(feedback(50, 15, 5, 3));

    assertThat(told).containsExactly(first, feedback(50, 20, 10, 3));
  }
}
