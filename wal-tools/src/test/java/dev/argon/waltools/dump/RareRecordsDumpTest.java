package dev.argon.waltools.dump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.redo.load.RareLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Records that servers write under special circumstances only, printed by `wal dump` and by the
/// installed `pg_waldump`.
class RareRecordsDumpTest {

  private static final String PG_WALDUMP = "/usr/lib/postgresql/15/bin/pg_waldump";
  private static final WalLayout LAYOUT = WalLayout.v15(0);

  @Test
  void bothTimelinesOfARareLoadEqualThoseOfPgWaldump() throws Exception {
    try (StockCluster cluster = StockCluster.create()) {
      RareLoad.run(cluster, cluster.data().resolveSibling("base"));
      Path wal = cluster.data().resolve("pg_wal");
      List<Long> first = segments(wal, "00000001");
      List<Long> second = segments(wal, "00000002");

      // The last segment of the first timeline was left when the server was promoted.
      long lines = compare(wal, "1", first.getFirst(), first.getLast() + 1);
      long more = compare(wal, "2", second.getFirst(), second.getFirst() + 1);

      assertThat(lines).isGreaterThan(10_000);
      assertThat(more).isPositive();
    }
  }

  /// Numbers of whole segments.
  private static List<Long> segments(Path wal, String timeline) throws IOException {
    try (Stream<Path> files = Files.list(wal)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.length() == 24 && name.startsWith(timeline))
          .map(name -> Long.parseLong(name.substring(8), 16) % 256)
          .sorted()
          .toList();
    }
  }

  private static long compare(Path wal, String timeline, long from, long to) throws Exception {
    String start = Lsn.toString(LAYOUT.segmentStart(from));
    String end = Lsn.toString(LAYOUT.segmentStart(to));
    ExpectedLines expected =
        new ExpectedLines(
            List.of(PG_WALDUMP, "-p", wal.toString(), "-t", timeline, "-s", start, "-e", end));
    CommandLine command = new CommandLine(new DumpCommand(() -> expected));
    command.setExecutionExceptionHandler((e, _, _) -> {
      throw e;
    });
    assertThat(
            command.execute(
                wal.toString(), "--timeline=" + timeline, "--start=" + start, "--end=" + end))
        .isZero();
    assertThat(expected.differences).as("timeline " + timeline).isEmpty();
    return expected.lines;
  }
}
