package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.postgres.Lsn;
import dev.argon.safekeeper.wal.Disk;
import dev.argon.safekeeper.wal.WalStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A safekeeper on real files and sockets, with one timeline, for the tests of a class.
abstract class SafekeeperFixture {
  /// A record boundary in the middle of a page and of a segment.
  static final Lsn START = Lsn.parse("0/1A01238");

  @TempDir Path root;
  TestSafekeeper safekeeper;

  @BeforeEach
  void start() throws Exception {
    safekeeper = TestSafekeeper.start(1, root);
    safekeeper.create(START);
  }

  @AfterEach
  void stop() throws Exception {
    safekeeper.close();
  }

  void restart() throws Exception {
    safekeeper.close();
    safekeeper = TestSafekeeper.start(1, root);
  }

  static WalText wal() {
    return new WalText(TestSafekeeper.LAYOUT, START);
  }

  static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new java.util.Random(seed).nextBytes(bytes);
    return bytes;
  }

  /// WAL that goes over several pages and into the next segment.
  static WalText longWal() {
    WalText wal = wal();
    for (int i = 0; i < 80; i++) {
      wal.add("record " + i + " " + new String(random(i % 5 == 0 ? 60_000 : 500, i), ISO_8859_1));
    }
    return wal;
  }

  static Path segment(Lsn lsn) {
    // Only for the file's name.
    WalStore store = new WalStore(Disk.LOCAL, Path.of("x"), TestSafekeeper.LAYOUT);
    return Path.of(
        String.valueOf(store.file(TestSafekeeper.LAYOUT.segmentNumber(lsn.value())).getFileName()));
  }

  void append(WalText wal) throws Exception {
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      byte[] bytes = wal.bytes();
      for (int from = 0; from < bytes.length; from += 100_000) {
        byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 100_000));
        proposer.append(1, START.plus(from), piece, wal.end());
      }
    }
  }

  byte[] streamed(Lsn from, Lsn to) throws Exception {
    ByteBuffer wal = ByteBuffer.allocate((int) to.bytesAfter(from));
    try (PgClient reader = safekeeper.connect()) {
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + from);
      while (wal.hasRemaining()) {
        assertThat(stream.receive()).isTrue();
        ByteBuffer message = stream.payload();
        if (message.get() == 'w') {
          assertThat(message.getLong()).isEqualTo(from.value() + wal.position());
          message.getLong();
          message.getLong();
          wal.put(message);
        }
      }
    }
    return wal.array();
  }
}
