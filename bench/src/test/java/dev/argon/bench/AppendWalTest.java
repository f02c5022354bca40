package dev.argon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.wal.WalStreamDecoder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppendWalTest {

  @TempDir Path directory;

  @Test
  void theAppendsAreValidWalUpToTheirEnd() throws Exception {
    AppendWal wal = AppendWal.make(directory.resolve("wal"), 130);
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(AppendWal.START.value(), AppendWal.LAYOUT);

    for (int i = 0; i < wal.appends(); i++) {
      byte[] bytes = new byte[wal.append(i).remaining()];
      wal.append(i).get(bytes);
      decoder.feed(bytes, 0, bytes.length);
      decoder.skipToBoundary();
    }

    assertThat(wal.appends()).isEqualTo(130);
    assertThat(decoder.boundaryLsn()).isEqualTo(wal.endLsn().value());
    assertThat(wal.lsnOf(130)).isEqualTo(wal.endLsn());
  }

  @Test
  void anAppendIsAcknowledgedByTheEndOfItsLastWholeRecord() throws Exception {
    AppendWal wal = AppendWal.make(directory.resolve("wal"), 3);

    assertThat(wal.acknowledgedBy(AppendWal.START)).isEqualTo(0);
    assertThat(wal.acknowledgedBy(wal.lsnOf(1))).isEqualTo(1);
    assertThat(wal.acknowledgedBy(AppendWal.START.plus(AppendWal.APPEND_BYTES - 500))).isEqualTo(1);
    assertThat(wal.acknowledgedBy(wal.lsnOf(2))).isEqualTo(2);
    assertThat(wal.acknowledgedBy(wal.endLsn())).isEqualTo(3);
  }
}
