package dev.argon.safekeeper.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written stands in the segments, and nothing else does.
class WalStoreTest {

  private static final int SEGMENT = 1 << 20;
  private static final Lsn START = new Lsn(7L * SEGMENT + 1000);

  @TempDir Path directory;

  private WalStore store() {
    return new WalStore(Disk.LOCAL, directory, new WalLayout(PostgresVersion.V15, SEGMENT, 1));
  }

  private static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /// The content of the segments from [#START]'s on.
  private byte[] content(WalStore store, int segments) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(segments * SEGMENT);
    for (int i = 0; i < segments; i++) {
      all.put(Files.readAllBytes(store.file(7 + i)));
    }
    return all.array();
  }

  private static long allocatedBytes(Path file) throws IOException, InterruptedException {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(stat.waitFor()).isZero();
    return 512 * Long.parseLong(blocks.strip());
  }

  @Test
  void zerosWrittenAheadCoverNoWal() throws Exception {
    Random random = new Random(1);
    byte[] expected = new byte[4 * SEGMENT];
    try (WalStore store = store()) {
      int end = 1000;
      while (end < 3 * SEGMENT + SEGMENT / 2) {
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 120_000 : 2_000);
        byte[] wal = bytes(random, count);
        store.write(new Lsn(7L * SEGMENT + end), ByteBuffer.wrap(wal));
        System.arraycopy(wal, 0, expected, end, count);
        end += count;
        if (random.nextInt(20) == 0) {
          end -= random.nextInt(Math.min(end - 1000, 100_000));
          Arrays.fill(expected, end, expected.length, (byte) 0);
          store.truncate(new Lsn(7L * SEGMENT + end));
        }
      }
      store.flush();

      assertThat(content(store, 4)).isEqualTo(expected);
    }
  }

  @Test
  void onlySmallWritesHaveBlocksMadeAhead() throws Exception {
    try (WalStore store = store()) {
      store.write(START, ByteBuffer.allocate(100_000));
      store.flush();
      long large = allocatedBytes(store.file(7));
      assertThat(large).isBetween(100_000L, 110_000L);

      store.write(START.plus(100_000), ByteBuffer.allocate(600));
      store.flush();
      assertThat(allocatedBytes(store.file(7)) - large).isBetween(64L << 10, 72L << 10);

      long ahead = allocatedBytes(store.file(7));
      store.write(START.plus(100_600), ByteBuffer.allocate(60_000));
      store.flush();
      assertThat(allocatedBytes(store.file(7))).isEqualTo(ahead);
    }
  }
}
