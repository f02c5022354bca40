package dev.argon.waltools.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log of a real server, with images for every change, replayed onto the cluster as initdb made
/// it, onto a backup that was taken under load, and onto what a crash left behind.
class VerifyAgainstServerTest {

  private static final int SEGMENT_SIZE = 16 << 20;

  private static final String LOAD =
      """
      CREATE EXTENSION amcheck;
      CREATE TABLE words (id int PRIMARY KEY, word text, at point);
      CREATE INDEX ON words USING gin (to_tsvector('simple', word));
      CREATE INDEX ON words USING gist (at);
      CREATE INDEX ON words USING brin (id);
      CREATE INDEX ON words USING hash (word);
      INSERT INTO words SELECT i, 'w' || i % 500, point(i, i) FROM generate_series(1, 4000) i;
      DELETE FROM words WHERE id % 3 = 0;
      VACUUM words;
      CREATE TABLE gone AS SELECT generate_series(1, 5000) i;
      CREATE UNLOGGED TABLE fleeting AS SELECT 1;
      SET allow_in_place_tablespaces = on;
      CREATE TABLESPACE inside LOCATION '';
      CREATE TABLE elsewhere (i int) TABLESPACE inside;
      INSERT INTO elsewhere SELECT generate_series(1, 3000);
      BEGIN; INSERT INTO elsewhere VALUES (7); PREPARE TRANSACTION 'open';
      """;

  private static StockCluster cluster;
  private static Path initial;
  private static Path backup;
  private static Path crashed;
  private static Path wal;

  @TempDir private static Path directory;
  @TempDir private Path scratch;

  @BeforeAll
  static void runServer() throws Exception {
    cluster = StockCluster.create("--data-checksums");
    initial = directory.resolve("initial");
    Verify.copy(cluster.data(), initial);
    cluster.start(
        "full_page_writes=off",
        "wal_consistency_checking=all",
        "wal_keep_size=4GB",
        "max_prepared_transactions=5",
        "track_commit_timestamp=on",
        "autovacuum_naptime=1");
    cluster.client("pgbench", "-i", "-q", "-s", "1", "postgres");
    cluster.sql(LOAD);
    cluster.sql("CREATE DATABASE copied STRATEGY file_copy");
    CompletableFuture<String> load =
        CompletableFuture.supplyAsync(() -> {
          try {
            return cluster.client("pgbench", "-n", "-c", "2", "-t", "1500", "postgres");
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    // pg_basebackup runs as the server's user, who cannot write here.
    Path inServer = cluster.data().resolveSibling("backup");
    cluster.client("pg_basebackup", "-D", inServer.toString(), "-c", "fast", "-X", "none");
    backup = directory.resolve("backup");
    Verify.copy(inServer, backup);
    cluster.sql("DROP TABLE gone; CREATE TABLE late AS SELECT generate_series(1, 2000) i");
    load.get(2, TimeUnit.MINUTES);
    cluster.stopImmediately();
    crashed = directory.resolve("crashed");
    Verify.copy(cluster.data(), crashed);
    wal = crashed.resolve("pg_wal");
  }

  @AfterAll
  static void stopServer() throws Exception {
    cluster.close();
  }

  @Test
  void everyImageOfTheLogIsWhatReplayMakes() {
    Verify run = Verify.run(initial, wal);

    assertThat(run.error()).isEmpty();
    assertThat(run.report()).contains("good: no mismatch").contains("strict from the start");
    assertThat(run.report()).containsPattern("all +\\d+ +\\d+ +\\d+ +0 +[1-9]\\d{3,} +0\n");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void backupUnderLoadAndCrashedFilesLeadToTheSameEnd() {
    Verify ofBackup = Verify.run(backup, wal);
    Verify ofCrashed = Verify.run(crashed, wal);

    assertThat(ofBackup.report()).contains("online backup begun at").contains("good: no mismatch");
    assertThat(ofCrashed.report()).contains("not cleanly stopped").contains("good: no mismatch");
    assertThat(ofBackup.endLsn()).isEqualTo(ofCrashed.endLsn());
  }

  @Test
  void numberOfThreadsAndMemoryMakeNoDifference() throws Exception {
    Path one = scratch.resolve("one");
    Path two = scratch.resolve("two");

    Verify.run(initial, wal, "--out", one.toString(), "--memory", "8");
    Verify.run(initial, wal, "--out", two.toString(), "--threads", "2");

    assertThat(contents(one)).isNotEmpty().containsExactlyElementsOf(contents(two));
    for (String file : contents(one)) {
      assertThat(Files.mismatch(one.resolve(file), two.resolve(file))).as(file).isEqualTo(-1);
    }
  }

  private static List<String> contents(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void serverStartsOnTheResult() throws Exception {
    Path out = scratch.resolve("out");

    Verify run = Verify.run(backup, wal, "--out", out.toString());

    assertThat(run.exitCode()).as(run.report() + run.error()).isZero();
    try (StockCluster started = StockCluster.of(out)) {
      started.start("max_prepared_transactions=5", "track_commit_timestamp=on");
      assertThat(started.sql("SELECT count(*) FROM pgbench_history")).isEqualTo("3000");
      assertThat(started.sql("SELECT count(*), sum(i) FROM elsewhere")).isEqualTo("3000|4501500");
      assertThat(started.sql("SELECT gid FROM pg_prepared_xacts")).isEqualTo("open");
      assertThat(started.sql("SELECT count(*) FROM fleeting")).isEqualTo("0");
      assertThat(
              started.sql(
                  "SELECT count(*) FROM pgbench_history"
                      + " WHERE pg_xact_commit_timestamp(xmin) IS NULL"))
          .isEqualTo("0");
      assertThat(started.client("pg_amcheck", "--heapallindexed", "--parent-check", "postgres"))
          .isEmpty();
    }
  }

  @Test
  void untilStopsBetweenRecords() {
    long end = Lsn.parse(Verify.run(initial, wal).endLsn()).value();
    String until = Lsn.toString(end - 500_000);

    Verify run = Verify.run(initial, wal, "--until", until);

    assertThat(run.report()).contains("stopped at").contains("good: no mismatch");
    assertThat(Lsn.parse(run.endLsn()).value()).isBetween(end - 600_000, end - 500_000);
    Verify beyond = Verify.run(initial, wal, "--until", Lsn.toString(end + 1_000_000));
    assertThat(beyond.error()).contains("does not reach");
    assertThat(beyond.exitCode()).isOne();
  }

  @Test
  void wrongPageIsFound() throws Exception {
    Path base = scratch.resolve("base");
    Verify.copy(initial, base);
    // pg_class: the last byte of an early tuple, on every page.
    Path file = base.resolve("base/5/1259");
    byte[] bytes = Files.readAllBytes(file);
    for (int page = 0; page < bytes.length; page += 8192) {
      bytes[page + 8100] ^= 1;
    }
    Files.write(file, bytes);

    Verify run = Verify.run(base, wal);

    assertThat(run.report())
        .contains("MISMATCH: Heap")
        .contains("of 1663/5/1259 fork 0: byte 8100");
    assertThat(run.report()).contains("DAMAGED_PAGE: block ").contains("BAD: ");
    assertThat(run.exitCode()).isOne();
  }

  @Test
  void tornRecordAtTheEndEndsTheLog() throws Exception {
    Path torn = copyOfLog("torn");
    String end = Verify.run(initial, wal).endLsn();
    long lsn = Lsn.parse(end).value();
    Path last = segments(torn).stream().filter(file -> holds(file, lsn)).findFirst().orElseThrow();
    byte[] bytes = Files.readAllBytes(last);
    int offset = (int) (lsn % SEGMENT_SIZE);
    Arrays.fill(bytes, offset - 12, bytes.length, (byte) 0);
    Files.write(last, bytes);

    Verify run = Verify.run(initial, torn);

    assertThat(run.report()).contains("torn record at").contains("good: no mismatch");
    assertThat(run.exitCode()).isZero();
  }

  private static boolean holds(Path segment, long lsn) {
    String name = segment.getFileName().toString();
    return Long.parseLong(name.substring(16), 16) == lsn / SEGMENT_SIZE;
  }

  private Path copyOfLog(String name) throws IOException {
    Path copy = scratch.resolve(name);
    Verify.copy(wal, copy);
    return copy;
  }

  private static List<Path> segments(Path log) throws IOException {
    try (Stream<Path> files = Files.list(log)) {
      return files
          .filter(file -> file.getFileName().toString().matches("[0-9A-F]{24}"))
          .sorted()
          .toList();
    }
  }

  @Test
  void damageInTheMiddleIsAnErrorWithItsPlace() throws Exception {
    Path flipped = copyOfLog("flipped");
    Path second = segments(flipped).get(1);
    byte[] bytes = Files.readAllBytes(second);
    bytes[SEGMENT_SIZE / 2] ^= 4;
    Files.write(second, bytes);
    Path shorter = copyOfLog("shorter");
    byte[] half = Arrays.copyOf(Files.readAllBytes(segments(shorter).get(1)), SEGMENT_SIZE / 2);
    Files.write(segments(shorter).get(1), half);
    Path missing = copyOfLog("missing");
    Files.delete(segments(missing).get(1));
    Path swapped = copyOfLog("swapped");
    Path first = segments(swapped).get(1);
    Path next = segments(swapped).get(2);
    Path aside = swapped.resolve("aside");
    Files.move(first, aside);
    Files.move(next, first);
    Files.move(aside, next);

    for (Path log : List.of(flipped, shorter, missing, swapped)) {
      Verify run = Verify.run(initial, log);

      assertThat(run.error()).as(log.toString()).containsPattern("corrupt WAL at 0/[0-9A-F]+: .+");
      assertThat(run.exitCode()).isOne();
    }
  }
}
