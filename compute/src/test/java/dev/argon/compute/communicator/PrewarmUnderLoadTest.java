package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.prewarm.Prewarm;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages that nobody has asked for yet come into a table while sessions change it. The pageserver
/// gives no page newer than it must, and sends many of them late. Each row counts its changes, and
/// its session knows the number: an old page shows.
class PrewarmUnderLoadTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int WRITERS = 4;
  private static final int ROWS = 4000;

  /// Enough to come to nearly every page of the table: one that is older than what was written over
  /// it shows only until it leaves the file again.
  private static final int CHANGES_BETWEEN = 2000;

  @TempDir Path directory;

  private ShimStack stack;
  private ShimServer server;
  private volatile boolean over;
  private final LongAdder changes = new LongAdder();

  @BeforeEach
  void start() throws Exception {
    stack =
        ShimStack.start(
            directory,
            // Half of the table: the rest of it is written, and what is in buffers may be absent.
            Map.of("shared_buffers", "2MB", "autovacuum", "off", "wal_keep_size", "8GB"));
    server = stack.server();
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  private long number(String sql) throws Exception {
    return Long.parseLong(server.value(sql));
  }

  /// §6.
  @Test
  void noSessionMeetsAnOldPageWhilePrewarmingGoesOn() throws Exception {
    long seed = TestLength.seed("PrewarmUnderLoadTest");
    RoughPages rough =
        new RoughPages(
            stack
                .cluster()
                .pagesOf(server.memory, stack.cluster().walPages(server.data), server::wakeWorker),
            seed);
    stack.pages().pages(rough);
    server.execute(
        "create extension neon",
        "create extension amcheck",
        "create table counted (i int primary key, n int, x text)",
        "insert into counted select i, 0, repeat('c', 700) from generate_series(1, %d) i"
            .formatted(ROWS));
    rough.rough(true);
    List<CompletableFuture<int[]>> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(write(i, seed));
    }

    long prewarmed = 0;
    try {
      for (int round = 0; round < TestLength.choose(6, 60); round++) {
        prewarmed += prewarmAfterEviction();
        awaitChanges(writers);
      }
    } finally {
      over = true;
    }

    int[] expected = new int[ROWS + 1];
    for (CompletableFuture<int[]> writer : writers) {
      int[] counted = writer.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      Arrays.setAll(expected, row -> expected[row] + counted[row]);
    }
    rough.rough(false);
    assertRows(expected);
    System.out.printf(
        "PrewarmUnderLoadTest: %d pages prewarmed, %d changes, %d answers late, %d refused%n",
        prewarmed, Arrays.stream(expected).sum(), rough.late(), rough.refused());
    assertThat(prewarmed).isGreaterThan(200);
    assertThat(rough.late()).isPositive();
    assertThat(server.communicator.counters().droppedPages()).isPositive();
    assertThat(server.memory.serverCounters().zeroPageErrors()).isZero();
    assertThat(Files.readString(server.log)).doesNotContain("PANIC", "TRAP", "terminated by");
  }

  /// @return how many pages were asked for
  private int prewarmAfterEviction() throws Exception {
    int file = (int) number("select pg_relation_filenode('counted')");
    try (PgClient client = server.connect("postgres")) {
      var _ = client.query("create temporary table kept as select get_local_cache_state() state");
      server.cacheLimit("0");
      long blocks = number("select pg_relation_size('counted') / 8192");
      await()
          .atMost(TIMEOUT)
          .until(() ->
              number("select count(*) from local_cache where relfilenode = " + file) < blocks / 2);
      server.cacheLimit("1GB");
      await().atMost(TIMEOUT).until(() -> server.memory.cacheLimitBlocks() > 0);

      var _ = client.query("select prewarm_local_cache(state) from kept");
    }
    Prewarm.Info info = server.prewarm.info().orElseThrow();
    assertThat(info.running()).isFalse();
    assertThat(info.prewarmedPages() + info.skippedPages()).isEqualTo(info.totalPages());
    return info.prewarmedPages();
  }

  private void awaitChanges(List<CompletableFuture<int[]>> writers) {
    long wanted = changes.sum() + CHANGES_BETWEEN;
    await()
        .atMost(TIMEOUT)
        .until(
            () -> changes.sum() >= wanted || writers.stream().anyMatch(CompletableFuture::isDone));
  }

  /// Counts rows up that are this writer's alone.
  ///
  /// @return how far each of them was counted
  private CompletableFuture<int[]> write(int writer, long seed) {
    CompletableFuture<int[]> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          Random random = new Random(seed + writer);
          int[] counted = new int[ROWS + 1];
          try (PgClient client = server.connect("postgres")) {
            var _ = client.query("set enable_seqscan = off");
            while (!over) {
              int row = 1 + writer + WRITERS * random.nextInt(ROWS / WRITERS);
              countUp(client, row, counted);
            }
            result.complete(counted);
          } catch (IOException | PgErrorException | AssertionError e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private void countUp(PgClient client, int row, int[] counted)
      throws IOException, PgErrorException {
    try {
      String answer =
          client.query("update counted set n = n + 1 where i = " + row + " returning n").single();
      counted[row]++;
      changes.increment();
      assertThat(answer).as("row %d", row).isEqualTo(Integer.toString(counted[row]));
    } catch (PgErrorException e) {
      if (!String.valueOf(e.getMessage()).contains("on purpose")) {
        throw e;
      }
    }
  }

  private void assertRows(int[] expected) throws Exception {
    try (PgClient client = server.connect("postgres")) {
      List<String> rows =
          client.query("select n from counted order by i").rows().stream()
              .map(row -> String.valueOf(row.getFirst()))
              .toList();
      assertThat(rows)
          .isEqualTo(Arrays.stream(expected).skip(1).mapToObj(Integer::toString).toList());
    }
    server.execute("select bt_index_parent_check('counted_pkey', true, true)");
    assertThat(number("select count(*) from verify_heapam('counted')")).isZero();
  }
}
