package dev.argon.compute.communicator;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.support.StockCluster;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a user and an operator see of the shim (§2, §12, §13, §16, §18, §23).
class ShimBehaviourTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @TempDir Path directory;

  private ShimStack stack;
  private ShimServer server;

  @BeforeEach
  void start() throws Exception {
    stack = ShimStack.start(directory, Map.of());
    server = stack.server();
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  /// §13.
  @Test
  void whatCannotWorkIsRefusedWithAReason() {
    assertThatThrownBy(() -> server.execute("create tablespace t location '/tmp'"))
        .hasMessageContaining("tablespaces are not supported");
    assertThatThrownBy(() -> server.execute("alter database postgres set tablespace pg_default"))
        .hasMessageContaining("tablespaces are not supported");
    assertThatThrownBy(() -> server.execute("create database d strategy file_copy"))
        .hasMessageContaining("file_copy");
    assertThatThrownBy(() -> server.execute("alter system set work_mem = '1MB'"))
        .hasMessageContaining("ALTER SYSTEM is not supported");
  }

  /// A base backup would be a copy of holes. §13.
  @Test
  void baseBackupIsRefusedAndTheServerGoesOn() throws Exception {
    for (String kind : List.of("true", "database")) {
      PgClientSettings session =
          server
              .session(StockCluster.SUPERUSER, "postgres")
              .with("replication", kind)
              .withTimeouts(10_000, 10_000, 10_000);
      try (PgClient client = PgClient.connect(session)) {
        for (String command : List.of("BASE_BACKUP", " \nBASE_BACKUP (TARGET 'blackhole')")) {
          assertThatThrownBy(() -> client.query(command))
              .hasMessageContaining("base backups are not supported");
        }
        assertThat(client.query("IDENTIFY_SYSTEM").rows()).hasSize(1);
      }
    }

    assertThat(server.value("select count(*) from before")).isEqualTo("1000");
    assertThat(Files.readString(server.log)).doesNotContain("PANIC", "TRAP", "terminated by");
  }

  /// DC-1.
  @Test
  void compareModeIsChosenAtTheStart() throws Exception {
    assertThat(server.value("show neon.debug_compare_local")).isEqualTo("none");
    assertThatThrownBy(() -> server.execute("set neon.debug_compare_local = 'all'"))
        .hasMessageContaining("cannot be changed without restarting the server");
    assertThat(
            server.value(
                "select enumvals from pg_settings where name = 'neon.debug_compare_local'"))
        .isEqualTo("{none,prefetch,lfc,all}");
  }

  /// RS-10.
  @Test
  void sizeLimitOfZeroIsNone() throws Exception {
    server.set("neon.max_cluster_size", "0");
    await().until(() -> server.value("show neon.max_cluster_size").equals("0"));
    // the worker would have measured by then
    long rounds = server.memory.workerRounds();
    await().until(() -> server.memory.workerRounds() > rounds + 25);

    server.execute("create table t as select generate_series(1, 10000) i");

    assertThat(server.value("select count(*) from t")).isEqualTo("10000");
  }

  /// RS-10.
  @Test
  void serverStopsAtOnceWhenTheComputeProcessEnds() throws Exception {
    server.closeControlSocket();

    assertThat(server.awaitEnd(10)).isTrue();
    assertThat(Files.readString(server.log)).contains("the compute process ended");
  }

  /// RS-6, §2, §23.
  @Test
  void readerOfASilentPageserverCanBeCancelledAndGoesOnLater() throws Exception {
    try (PgClient client = server.connect("postgres")) {
      var _ = client.query("set statement_timeout = 300");
      stack.pages().freeze();

      long start = System.nanoTime();
      assertThatThrownBy(() -> client.query("select count(*) from before"))
          .hasMessageContaining("statement timeout");
      assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
      stack.pages().thaw();
      var _ = client.query("set statement_timeout = 0");
      assertThat(client.query("select count(*) from before").rows().getFirst().getFirst())
          .isEqualTo("1000");
    }
  }

  /// §2.
  @Test
  void refusedPageIsAnErrorThatNamesTheBlock() throws Exception {
    int file = Integer.parseInt(server.value("select pg_relation_filenode('before')"));
    stack
        .pages()
        .pages((request, target) -> {
          if (request.relation().relNode() == file) {
            throw new FakePageService.RefusedException("no such timeline");
          }
          stack.cluster().unchangedPages().read(request, target);
        });

    assertThatThrownBy(() -> server.value("select count(*) from before"))
        .hasMessageContaining("58030")
        .hasMessageContaining("could not fetch block 0 of relation base/")
        .hasMessageContaining("no such timeline");

    stack.pages().pages(stack.cluster().unchangedPages());
    assertThat(server.value("select count(*) from before")).isEqualTo("1000");
  }

  /// §23.
  @Test
  void lostConnectionToThePageserverIsOpenedAgain() throws Exception {
    stack.pages().breakConnections();

    assertThat(server.value("select count(*) from before")).isEqualTo("1000");
  }

  /// §12, §16.
  @Test
  void preparedStopWritesBackSequenceValuesAndMaps() throws Exception {
    server.execute("create sequence s", "select nextval('s')", "select nextval('s')", "checkpoint");

    assertThat(server.memory.prepareForStop(20_000)).isTrue();

    assertThat(server.value("select log_cnt || ' ' || last_value from s")).isEqualTo("0 2");
    assertThat(server.memory.serverCounters().orderedImages()).isEqualTo(1);
    assertThat(server.value("select nextval('s')")).isEqualTo("3");
    server.stop();
    assertThat(Files.readString(server.log)).doesNotContain("PANIC").contains("shut down");
  }

  /// Statistics are written however large the cluster is. §3.
  @Test
  void autovacuumIsExemptFromTheLimitOfSize() throws Exception {
    String columns = IntStream.range(0, 60).mapToObj(i -> "c" + i + " text").collect(joining(", "));
    String values =
        IntStream.range(0, 60).mapToObj(i -> "md5((g + " + i + ")::text)").collect(joining(", "));
    server.execute(
        "create table described (" + columns + ")",
        "insert into described select " + values + " from generate_series(1, 1000) g",
        "create table more (t text)");
    String statistics = "select pg_total_relation_size('pg_statistic')";
    long before = Long.parseLong(server.value(statistics));

    server.set("neon.max_cluster_size", "1MB");
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() ->
            assertThatThrownBy(() ->
                    server.execute(
                        "insert into more select repeat('m', 900) from generate_series(1, 100)"))
                .hasMessageContaining("53100"));
    server.set("autovacuum_naptime", "1s");

    await()
        .atMost(TIMEOUT)
        .until(
            () ->
                server.value(
                    "select autoanalyze_count from pg_stat_user_tables where relname ="
                        + " 'described'"),
            count -> !count.equals("0"));
    assertThat(Long.parseLong(server.value(statistics))).isGreaterThan(before + 50_000);
  }

  /// §18.
  @Test
  void writersWaitWhileTheQuorumIsFarBehind() throws Exception {
    server.execute("create table t (x text)");
    server.memory.publishCommitLsn(stack.cluster().bootLsn());
    server.memory.limitCommitLag(1 << 20);

    try (PgClient client = server.connect("postgres")) {
      var _ = client.query("set statement_timeout = '2s'");
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  var _ =
                      client.query(
                          "insert into t select repeat('x', 1000) from generate_series(1, 100)");
                }
              })
          .hasMessageContaining("statement timeout");
      assertThat(server.value("select count(*) from before")).isEqualTo("1000");
      assertThat(server.memory.serverCounters().throttleMicros()).isPositive();
      server.memory.limitCommitLag(0);
      var _ = client.query("insert into t select 'y'");
    }
  }
}
