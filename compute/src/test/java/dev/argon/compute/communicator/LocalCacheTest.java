package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.support.StockCluster;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What needs no pageserver at all, and how much stays on the disk (IC-3, IC-8, RQ-8, RQ-9, LS-4,
/// LS-5, CM-4).
class LocalCacheTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final long MIB = 1 << 20;

  @TempDir Path directory;

  private ShimStack stack;
  private ShimServer server;

  @BeforeEach
  void start() throws Exception {
    stack =
        ShimStack.start(
            directory,
            Map.of("shared_buffers", "1MB", "wal_keep_size", "8GB", "autovacuum", "off"));
    server = stack.server();
    stack.pages().pages(stack.changedPages());
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  private long requests() {
    return server.communicator.counters().requestedBlocks();
  }

  private long lfcMisses() {
    return server.memory.serverCounters().misses();
  }

  /// IC-3.
  @Test
  void scanOfAResidentTableMakesNoRequest() throws Exception {
    server.execute(
        "create table t as select i, repeat('x', 900) as x from generate_series(1, 8000) i",
        "create index on t (i)",
        "checkpoint");
    String scan = "select count(*) || ' ' || sum(length(x)) from t";
    String range = "select count(*) from t where i between 100 and 4000";
    assertThat(server.value(scan)).isEqualTo("8000 7200000");
    assertThat(server.value(range)).isEqualTo("3901");
    long requests = requests();
    long misses = lfcMisses();
    long hits = server.memory.serverCounters().hits();

    assertThat(server.value(scan)).isEqualTo("8000 7200000");
    assertThat(server.value(range)).isEqualTo("3901");

    assertThat(requests()).isEqualTo(requests);
    assertThat(lfcMisses()).isEqualTo(misses);
    assertThat(server.memory.serverCounters().hits() - hits).isGreaterThan(1000);
  }

  /// Relations of this life: their sizes, and the end of every kind of index build, are known here.
  /// RQ-1, RQ-8, RQ-9, RQ-11, RQ-12, LS-4, LS-5.
  @Test
  void newTablesAndIndexesNeedNoPageserver() throws Exception {
    String make =
        "begin;"
            + "create table %1$s (i int, j int[], p point);"
            + "create index on %1$s using btree (i);"
            + "create index on %1$s using hash (i);"
            + "create index on %1$s using gin (j);"
            + "create index on %1$s using gist (p);"
            + "create index on %1$s using spgist (p);"
            + "create index on %1$s using brin (i);"
            + "insert into %1$s select g, array[g], point(g, g) from generate_series(1, 500) g;"
            + "select pg_relation_size('%1$s') + pg_indexes_size('%1$s');"
            + "drop table %1$s;"
            + "commit";
    // all catalogs, and what the statements need of their maps
    server.execute(
        "create extension pg_prewarm",
        "select pg_prewarm(oid::regclass, 'read') from pg_class where relkind in ('r', 'i', 't')",
        make.formatted("warm"));
    long requests = requests();
    stack
        .pages()
        .pages((request, target) -> {
          throw new FakePageService.RefusedException("nothing may be asked for: " + request);
        });

    server.execute(make.formatted("cold"));

    assertThat(requests()).isEqualTo(requests);
  }

  /// A copied database's pages were all written here, gaps included; a dropped one leaves nothing
  /// in the map of blocks. RQ-8, §3, §13.
  @Test
  void copiedDatabaseIsNeverAskedForAndADroppedOneIsForgotten() throws Exception {
    AskedPages asked = new AskedPages(stack.changedPages());
    stack.pages().pages(asked);
    server.execute("create database copy", "drop database copy");
    int chunks = server.memory.blocks().liveChunks();

    server.execute("create database copy");
    int copy = Integer.parseInt(server.value("select oid from pg_database where datname = 'copy'"));
    try (PgClient client = server.connect("copy")) {
      assertThat(client.query("select count(*) > 300 from pg_class").single()).isEqualTo("t");
      assertThat(client.query("select count(*) from pg_depend where objid <> 0").single())
          .isNotEqualTo("0");
    }

    assertThat(asked.all()).noneMatch(page -> page.relation().dbNode() == copy);
    assertThat(server.memory.blocks().liveChunks()).isGreaterThan(chunks + 200);
    server.execute("drop database copy");
    assertThat(server.memory.blocks().liveChunks()).isLessThan(chunks + 20);
    BlockMap blocks = server.memory.blocks();
    for (int chunk = 0; chunk < blocks.chunkHigh(); chunk++) {
      assertThat(blocks.chunk(chunk).map(live -> live.relation().dbNode()))
          .isNotEqualTo(Optional.of(copy));
    }
  }

  /// Only what was written here lately can make the pageserver wait. LS-4, §4.
  @Test
  void requestsForRecentPagesAreCounted() throws Exception {
    server.memory.publishPageserverLsn(stack.cluster().bootLsn());
    assertThat(server.value("select count(*) from before")).isEqualTo("1000");
    assertThat(server.communicator.counters().recent()).isZero();
    server.execute(
        "create table t as select i, repeat('x', 900) as x from generate_series(1, 4000) i",
        "vacuum t",
        "checkpoint");
    server.cacheLimit("0");
    await().atMost(TIMEOUT).until(() -> server.memory.residentBlocks() < 300);

    assertThat(server.value("select count(*) from t")).isEqualTo("4000");
    long recent = server.communicator.counters().recent();
    assertThat(recent).isGreaterThan(100);
    server.memory.publishPageserverLsn(new Lsn(-1));
    await().atMost(TIMEOUT).until(() -> server.memory.residentBlocks() < 300);
    assertThat(server.value("select count(*) from t")).isEqualTo("4000");
    assertThat(server.communicator.counters().recent()).isEqualTo(recent);
  }

  private long diskBytes() throws IOException, InterruptedException {
    String said =
        StockCluster.run("du", "-s", "--block-size=1", server.data.resolve("base").toString());
    return Long.parseLong(said.split("\\s", 2)[0]);
  }

  /// IC-8, CM-4, §6.
  @Test
  void diskUseFollowsTheLimitUnderLoad() throws Exception {
    server.execute(
        "create table t (i int primary key, x text)",
        "insert into t select i, repeat('x', 900) from generate_series(1, 40000) i",
        "checkpoint");
    long whole = diskBytes();
    assertThat(whole).isGreaterThan(38 * MIB);
    AtomicBoolean over = new AtomicBoolean();
    AtomicReference<Exception> failure = new AtomicReference<>();
    Thread load =
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int i = 0; !over.get(); i++) {
                  int first = i * 37 % 39_000;
                  server.execute(
                      "update t set x = x where i between %d and %d".formatted(first, first + 9),
                      "select sum(length(x)) from t where i between %d and %d"
                          .formatted(first, first + 300));
                }
              } catch (IOException | PgErrorException e) {
                failure.set(e);
              }
            });

    server.cacheLimit("8MB");
    await().atMost(TIMEOUT).until(() -> diskBytes() < whole - 30 * MIB);
    await().atMost(TIMEOUT).until(() -> server.memory.residentBlocks() <= 1100);
    long small = diskBytes();
    server.cacheLimit("1GB");
    assertThat(server.value("select sum(length(x)) from t")).isEqualTo("36000000");
    await().atMost(TIMEOUT).until(() -> diskBytes() > small + 30 * MIB);
    server.cacheLimit("0");
    await().atMost(TIMEOUT).until(() -> diskBytes() < whole - 30 * MIB);
    over.set(true);
    load.join();

    assertThat(failure.get()).isNull();
    assertThat(server.value("select sum(length(x)) from t")).isEqualTo("36000000");
    assertThat(server.memory.serverCounters().zeroPageErrors()).isZero();
  }
}
