package dev.argon.safekeeper.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.HotStandbyFeedback;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReadersTest {

  private final Readers readers = new Readers(() -> {});

  private static Readers.StandbyReply reply(long write, long flush, long apply, long time) {
    return new Readers.StandbyReply(new Lsn(write), new Lsn(flush), new Lsn(apply), time);
  }

  @Test
  @DisplayName("SK-4 of all standbys the oldest transactions and the newest time count")
  void standbysAreTakenTogether() {
    assertThat(readers.hotStandby()).isEqualTo(HotStandbyFeedback.NONE);

    readers.standby(1, new HotStandbyFeedback(50, 700, 0));
    readers.standby(2, new HotStandbyFeedback(40, 600, 900));
    readers.standby(3, new HotStandbyFeedback(30, 0, 800));

    assertThat(readers.hotStandby()).isEqualTo(new HotStandbyFeedback(50, 600, 800));
    readers.gone(2);
    assertThat(readers.hotStandby()).isEqualTo(new HotStandbyFeedback(50, 700, 800));
  }

  @Test
  @DisplayName("SK-4 the slowest standby counts for each LSN; what was not told does not")
  void theSlowestStandbyCounts() {
    assertThat(readers.slowestStandby()).isEqualTo(Readers.StandbyReply.NONE);

    readers.standbyReply(1, reply(300, 200, 100, 5));
    readers.standbyReply(2, reply(250, 240, 0, 9)); // pg_receivewal applies nothing

    assertThat(readers.slowestStandby()).isEqualTo(reply(250, 200, 100, 9));
    readers.gone(1);
    assertThat(readers.slowestStandby()).isEqualTo(reply(250, 240, 0, 9));
  }

  @Test
  void everyReportIsCountedAndWakesThoseWhoWait() throws Exception {
    long before = readers.reportCount();
    readers.standby(1, new HotStandbyFeedback(1, 2, 3));
    assertThat(readers.reportCount()).isGreaterThan(before);

    long seen = readers.pageserverCount();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              try {
                readers.awaitPageserver(seen, 60_000);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    readers.wake();
    assertThat(waiting.join(Duration.ofSeconds(20))).isTrue();
  }
}
