package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.eviction.Verdict;
import dev.argon.pgwire.PgClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a running transaction depends on and WAL does not carry, while everything is evicted that
/// may be, and comes back through redo that goes no further than it must (§3, §8, §10, §12).
class TransactionEvictionTest {

  @TempDir Path directory;

  private ShimStack stack;
  private ShimServer server;

  @BeforeEach
  void start() throws Exception {
    stack =
        ShimStack.start(
            directory,
            Map.of(
                "wal_keep_size", "8GB",
                "shared_buffers", "1MB",
                "autovacuum", "off",
                "neon.file_cache_size_limit", "0"));
    server = stack.server();
    stack.pages().pages(stack.changedPages());
    server.execute(
        "create table filler (i int primary key, x text)",
        "insert into filler select i, repeat('f', 700) from generate_series(1, 4000) i");
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  private long count(Verdict verdict) {
    return Objects.requireNonNull(server.evictor.verdicts().get(verdict));
  }

  /// Pushes everything out of the buffers and lets the evictor go over the files.
  private void evictAll() throws Exception {
    long rounds = server.memory.workerRounds();
    String throughBuffers = "select sum(length(x)) from (select x from filler order by i) q";
    server.execute(
        "checkpoint",
        "set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off;"
            + (throughBuffers + ';').repeat(6));
    await().atMost(Duration.ofSeconds(20)).until(() -> server.memory.workerRounds() >= rounds + 5);
  }

  private static String value(PgClient client, String sql) throws Exception {
    return String.valueOf(client.query(sql).rows().getFirst().getFirst());
  }

  /// §6, §8.
  @Test
  void cursorSeesItsCommandsRowsOverEviction() throws Exception {
    server.execute("create table t (i int, x text)");
    try (PgClient client = server.connect("postgres")) {
      var _ = client.query("begin");
      var _ =
          client.query("insert into t select i, repeat('x', 300) from generate_series(1, 3000) i");
      var _ = client.query("declare c cursor for select i from t");
      var _ = client.query("update t set x = repeat('y', 300) where i % 2 = 0");
      var _ = client.query("delete from t where i % 3 = 0");
      long kept = count(Verdict.KEEP_TRANSACTION);
      evictAll();

      assertThat(client.query("fetch all from c").rows()).hasSize(3000);
      assertThat(value(client, "select count(*) from t")).isEqualTo("2000");
      assertThat(count(Verdict.KEEP_TRANSACTION)).isGreaterThan(kept);
      var _ = client.query("commit");
    }
    evictAll();
    assertThat(server.value("select count(*) || ' ' || count(*) filter (where x like 'y%') from t"))
        .isEqualTo("2000 1000");
    assertThat(count(Verdict.DROP)).isGreaterThan(100);
  }

  /// §8.
  @Test
  void insertFromTheSameTableEnds() throws Exception {
    server.execute(
        "create table t (i int, x text)",
        "insert into t select i, repeat('x', 300) from generate_series(1, 1000) i");

    for (int i = 0; i < 3; i++) {
      evictAll();
      server.execute("insert into t select * from t");
    }

    assertThat(server.value("select count(*) from t")).isEqualTo("8000");
  }

  /// The scans of a build's workers meet absent blocks. §9.
  @Test
  void parallelBuildFindsEveryRow() throws Exception {
    server.execute(
        "create extension amcheck",
        "create table p (i int, n int, x text) with (parallel_workers = 2)",
        "insert into p select i, (i * 7919) % 30011, repeat('p', 300)"
            + " from generate_series(1, 30000) i");
    evictAll();
    long fetched = server.communicator.counters().requestedBlocks();

    server.execute(
        "set max_parallel_maintenance_workers = 2; set maintenance_work_mem = '128MB';"
            + " set log_min_messages = debug1; create index p_n on p (n)");

    assertThat(Files.readString(server.log))
        .contains("building index \"p_n\" on table \"p\" with request for 2 parallel workers");
    assertThat(server.communicator.counters().requestedBlocks() - fetched).isGreaterThan(1000);
    evictAll();
    server.execute("select bt_index_parent_check('p_n', true, true)");
    assertThat(
            server.value(
                "set enable_seqscan = off; select count(*) || ' ' || count(distinct n) from p"
                    + " where n between 1 and 30010"))
        .isEqualTo("30000 30000");
  }

  /// §12.
  @Test
  void sequenceNeverRepeatsAValue() throws Exception {
    server.execute("create sequence s", "create table t (v bigint primary key)");

    for (int i = 0; i < 5; i++) {
      server.execute("insert into t select nextval('s') from generate_series(1, 50)");
      evictAll();
    }

    assertThat(server.value("select count(*) || ' ' || max(v) from t")).isEqualTo("250 250");
  }

  /// §10.
  @Test
  void unloggedTableStaysAndIsNotCounted() throws Exception {
    server.execute(
        "create unlogged table u (i int primary key, x text)",
        "insert into u select i, repeat('u', 300) from generate_series(1, 3000) i");
    evictAll();

    assertThat(server.value("select count(*) || ' ' || min(x) from u"))
        .isEqualTo("3000 " + "u".repeat(300));
    await().atMost(Duration.ofSeconds(20)).until(() -> server.memory.residentBlocks() < 100);
  }

  /// RQ-10, IC-6, §3.
  @Test
  void truncatedTableDoesNotComeBack() throws Exception {
    server.execute(
        "create table t (i int, x text)",
        "insert into t select i, repeat('x', 300) from generate_series(1, 3000) i");
    evictAll();
    server.execute("delete from t where i > 10", "vacuum t");
    assertThat(server.value("select pg_relation_size('t') < 100000")).isEqualTo("t");
    evictAll();
    server.execute("insert into t select i, repeat('z', 300) from generate_series(11, 3000) i");
    evictAll();

    assertThat(
            server.value(
                "select count(*) || ' ' || count(distinct i) || ' ' || count(*) filter (where x ~"
                    + " 'x') from t"))
        .isEqualTo("3000 3000 10");
  }
}
