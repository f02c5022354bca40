package dev.argon.compute.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pageservice.StandbyStart;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.wal.WalLayout;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BootFromTest {

  private static final WalLayout LAYOUT = WalLayout.v15(1);
  private static final CheckPoint CHECK_POINT =
      new CheckPoint(0x2FFFF00, 1, 1, true, 800, 16400, 5, 9, 700, 1, 1, 1, 0, 0, 0, 750);

  private static Lsn needed(String startLsn) {
    Lsn start = Lsn.parse(startLsn);
    StandbyStart.Online online = new StandbyStart.Online(start, CHECK_POINT);
    return new BootFrom.Running(start, CHECK_POINT)
        .needed(
            new StandbyStart(
                Lsn.parse("0/4000000"), new Lsn(0x2FFFF00), Optional.of(online), new byte[0]),
            LAYOUT);
  }

  @Test
  void recordOfAnOnlineCheckpointIsNeededWhole() {
    assertThat(needed("0/3000100")).isEqualTo(Lsn.parse("0/3000178"));
  }

  @Test
  void recordThatGoesOnAtTheNextPageIsLongerByItsHeader() {
    assertThat(needed("0/3001FD0")).isEqualTo(Lsn.parse("0/3002060"));
  }
}
