package dev.argon.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A stock server starts from a control file and a log of which nothing is real but one shutdown
/// checkpoint, wherever in a segment that stands; and its tools read that log from the start.
class BootFromWrittenWalTest {

  // Offsets in a segment at which the record is placed: its start, its first page, a page's start,
  // over a page's end, over the segment's end.
  private static final long[] OFFSETS = {0, 48, 8192, 40960 - 24, 16777216 - 40};

  @Test
  void serverStartsWhereverTheCheckpointStands() throws Exception {
    try (StockCluster cluster = StockCluster.create()) {
      cluster.start();
      cluster.sql("CREATE TABLE t (id int)");
      cluster.stop();
      int rows = 0;
      long segment = 0x3_0000_0000L;
      for (long offset : OFFSETS) {
        segment += 4L * WalLayout.DEFAULT_SEGMENT_SIZE;
        long lsn = segment + offset;

        FramedWal wal = replaceWal(cluster, lsn);
        String dump =
            cluster.program(
                "pg_waldump", "-p", cluster.data() + "/pg_wal", "-s", Lsn.toString(segment + 40));
        cluster.start();
        cluster.sql("INSERT INTO t VALUES (1)");
        rows++;
        // Crash recovery begins at the written record.
        cluster.stopImmediately();
        cluster.start();

        assertThat(cluster.sql("SELECT count(*) FROM t")).isEqualTo(String.valueOf(rows));
        assertThat(dump).contains("lsn: %d/%08X".formatted(3, wal.recordLsn() & 0xFFFFFFFFL));
        assertThat(dump).contains("CHECKPOINT_SHUTDOWN");
        cluster.stop();
      }
    }
  }

  private static FramedWal replaceWal(StockCluster cluster, long lsn) throws Exception {
    ControlFile control = ControlFile.read(cluster.file("global/pg_control"));
    WalLayout layout = WalLayout.v15(control.systemIdentifier());
    for (String name : walFiles(cluster)) {
      Files.delete(cluster.data().resolve("pg_wal/" + name));
    }
    FramedWal wal =
        WalRecordWriter.shutdownCheckpoint(
            control.checkPoint(), lsn, lsn - 3_000_000, 1_700_000_000L, 1, layout);
    byte[] prefix = WalRecordWriter.segmentPrefix(lsn, 1, layout);
    byte[] both = Arrays.copyOf(prefix, prefix.length + wal.bytes().length);
    System.arraycopy(wal.bytes(), 0, both, prefix.length, wal.bytes().length);
    long first = layout.segmentNumber(lsn);
    for (int from = 0; from < both.length; from += layout.segmentSize()) {
      byte[] content = Arrays.copyOfRange(both, from, from + layout.segmentSize());
      String name = layout.segmentFileName(1, first + from / layout.segmentSize());
      cluster.replaceFile("pg_wal/" + name, content);
    }
    cluster.replaceFile(
        "global/pg_control",
        control
            .shutDownAt(wal.recordLsn(), control.checkPoint().asShutdownAt(wal.recordLsn(), 0), 0)
            .toFile());
    return wal;
  }

  private static List<String> walFiles(StockCluster cluster) throws IOException {
    try (Stream<Path> files = Files.list(cluster.data().resolve("pg_wal"))) {
      return files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList();
    }
  }
}
