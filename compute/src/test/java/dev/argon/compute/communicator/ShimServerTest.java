package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.command;
import static dev.argon.compute.support.StockCluster.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.argon.compute.eviction.Verdict;
import dev.argon.compute.memory.ServerCounters;
import dev.argon.compute.support.StockCluster;
import dev.argon.pgwire.PgClient;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stock PostgreSQL through the shim on holes.
class ShimServerTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @TempDir Path directory;

  /// LK-1.
  @Test
  void serverOnHolesAnswersQueriesAndTakesWrites() throws Exception {
    Cluster cluster = Cluster.create(directory);
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer server =
            ShimServer.start(directory.resolve("shim"), cluster, pages.address(), Map.of())) {

      assertThat(server.value("select count(*) from before")).isEqualTo("1000");
      server.execute(
          "create table t (i int primary key, x text)",
          "insert into t select i, repeat('y', 200) from generate_series(1, 20000) i",
          "update t set x = 'z' where i % 3 = 0",
          "delete from t where i % 5 = 0",
          "vacuum t",
          "create unlogged table u as select * from t",
          "create index on u (x)",
          "create database other",
          "checkpoint");
      assertThat(server.value("select count(*) from t where x = 'z'")).isEqualTo("5333");
      assertThat(server.value("select count(*) from u")).isEqualTo("16000");
      server.execute("drop database other", "drop table u", "truncate t");

      assertThat(amcheck(server)).isEmpty();
      ServerCounters counters = server.memory.serverCounters();
      assertThat(counters.misses()).isPositive();
      assertThat(counters.zeroPageErrors()).isZero();
      server.stop();
      assertThat(Files.readString(server.log)).doesNotContain("ERROR").contains("shut down");
    }
  }

  /// RQ-7.
  @Test
  void evictedPagesComeBackAsTheyWere() throws Exception {
    Cluster cluster = Cluster.create(directory);
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer server =
            ShimServer.start(
                directory.resolve("shim"),
                cluster,
                pages.address(),
                Map.of("wal_keep_size", "8GB", "shared_buffers", "1MB"))) {
      pages.pages(cluster.pagesOf(server.memory, server.data));
      server.execute("create extension pg_visibility");
      server.cacheLimit("2MB");
      pgbench(server, "-i", "-q", "-s", "2");

      pgbench(server, "-n", "-c", "4", "-j", "2", "-T", "15");

      String sums =
          "select (select sum(abalance) from pgbench_accounts) ="
              + " (select sum(delta) from pgbench_history) and"
              + " (select sum(bbalance) from pgbench_branches) ="
              + " (select sum(tbalance) from pgbench_tellers) and"
              + " (select sum(bbalance) from pgbench_branches) ="
              + " (select sum(delta) from pgbench_history)";
      assertThat(server.value(sums)).isEqualTo("t");
      server.execute("vacuum");
      assertThat(server.value(sums)).isEqualTo("t");
      assertThat(amcheck(server)).isEmpty();
      assertThat(server.value("select count(*) from pg_check_visible('pgbench_accounts')"))
          .isEqualTo("0");
      ServerCounters counters = server.memory.serverCounters();
      assertThat(counters.zeroPageErrors()).isZero();
      assertThat(server.evictor.verdicts().get(Verdict.DROP)).isGreaterThan(1000L);
      assertThat(Files.readString(server.log)).doesNotContain("ERROR");
    }
  }

  /// A disk that is full to the last byte: pages that may go make room for others; where there are
  /// none, who reads gets the error and nobody else anything. IC-6, §6.
  @Test
  void fullDiskIsTheReadersErrorAndNothingWorse() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "needs root to mount");
    Path disk = Files.createDirectory(directory.resolve("disk"));
    Cluster cluster =
        Cluster.create(
            directory,
            "create table wide (i int, a text); alter table wide alter a set storage plain;"
                + " create table other (like wide including storage);"
                + " insert into wide select i, repeat('w', 7600) from generate_series(1, 2000) i;"
                + " insert into other select * from wide;");
    run("mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "none", disk.toString());
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer server =
            ShimServer.start(
                disk.resolve("shim"),
                cluster,
                pages.address(),
                Map.of("autovacuum", "off", "neon.readahead_buffer_size", "0"));
        PgClient client = server.connect("postgres")) {
      pages.pages(cluster.pagesOf(server.memory, server.data));
      String wide = "select count(*) || ' ' || sum(i) from wide";
      String other = wide.replace("wide", "other");
      assertThat(client.query(wide).single()).isEqualTo("2000 2001000");
      // places in the map of blocks for all of it
      String ends = "select count(*) from other where ctid in ('(0,1)', '(1999,1)')";
      assertThat(client.query(ends).single()).isEqualTo("2");
      long evicted = server.evictor.evictedBlocks();

      fill(disk);
      assertThat(client.query(other).single()).isEqualTo("2000 2001000");
      assertThat(server.evictor.evictedBlocks()).isGreaterThan(evicted + 500);

      server.cacheLimit("0");
      await().atMost(TIMEOUT).until(() -> server.memory.residentBlocks() < 100);
      fill(disk);
      assertThatThrownBy(() -> client.query(wide))
          .hasMessageContaining("58030")
          .hasMessageContaining("the disk is full");
      assertThat(server.isAlive()).isTrue();
      Files.delete(disk.resolve("ballast"));
      assertThat(client.query(wide).single()).isEqualTo("2000 2001000");
      assertThat(server.value(other)).isEqualTo("2000 2001000");
      assertThat(server.memory.serverCounters().zeroPageErrors()).isZero();
    } finally {
      run("umount", "--lazy", disk.toString());
    }
  }

  /// Leaves not a byte.
  private static void fill(Path disk) throws IOException {
    try (OutputStream ballast =
        Files.newOutputStream(
            disk.resolve("ballast"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] some = new byte[4096];
      while (true) {
        ballast.write(some);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  /// §2.
  @Test
  void singleUserModeIsRefused() throws Exception {
    Cluster cluster = Cluster.create(directory);

    assertThatThrownBy(() ->
            run(
                command(
                        StockCluster.BIN.resolve("postgres").toString(),
                        "--single",
                        "-D",
                        cluster.data().toString(),
                        "-c",
                        "shared_preload_libraries=" + ShimServer.library(),
                        "-c",
                        "neon.shared_memory_path=" + directory.resolve("shared"),
                        "postgres")
                    .toArray(String[]::new)))
        .hasMessageContaining("cannot run in single-user mode");
  }

  private static void pgbench(ShimServer server, String... arguments) throws Exception {
    client(server, "pgbench", arguments);
  }

  private static String amcheck(ShimServer server) throws Exception {
    return client(server, "pg_amcheck", "--install-missing", "--heapallindexed", "-d");
  }

  private static String client(ShimServer server, String program, String... arguments)
      throws Exception {
    List<String> line = new ArrayList<>();
    line.add(StockCluster.BIN.resolve(program).toString());
    line.addAll(List.of("-h", server.sockets.toString(), "-U", StockCluster.SUPERUSER));
    line.addAll(List.of(arguments));
    line.add("postgres");
    return run(command(line.toArray(String[]::new)).toArray(String[]::new));
  }
}
