package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `CREATE EXTENSION neon` as users have it, and what an endpoint keeps over its stops.
class ExtensionIT {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static Stack stack;
  private static ConnectionSource source;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("extension");
    stack.up();
    source = stack.source();
    source.execute(
        "create extension neon",
        "create table warm (id int primary key, filler text)",
        "insert into warm select g, repeat('w', 900) from generate_series(1, 20000) g",
        "vacuum analyze warm");
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  private static void restart() {
    stack.argon("endpoint", "stop", "main").ok();
    stack.argon("endpoint", "start", "main").ok();
  }

  private static long cached(String relation) throws SQLException {
    return source.number(
        "select count(*) from local_cache where relforknumber = 0 and relfilenode ="
            + " pg_relation_filenode('"
            + relation
            + "')");
  }

  private static List<String> kept(String endpoint) {
    try (Stream<Path> files = Files.walk(stack.data().resolve("object-store"))) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().contains("/endpoints/" + endpoint + "/"))
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// §6.
  @Test
  void cachedPagesAreThereAgainAfterAStop() throws SQLException {
    source.execute("select count(*) from warm", "checkpoint");
    long before = cached("warm");
    assertThat(before).isEqualTo(source.number("select pg_relation_size('warm') / 8192"));

    restart();

    await().atMost(TIMEOUT).untilAsserted(() -> assertThat(cached("warm")).isEqualTo(before));
    assertThat(stack.computeMetrics().get("lfc_used_pages"))
        .isGreaterThanOrEqualTo((double) before);
    stack.argon("endpoint", "set", "main", "neon.autoprewarm=off").ok();
    restart();
    assertThat(source.string("select get_prewarm_info() is null")).isEqualTo("t");
    assertThat(cached("warm")).isLessThan(before / 2);
    stack.argon("endpoint", "set", "main", "neon.autoprewarm=").ok();
  }

  /// §31.
  @Test
  void statisticsSurviveAStopAndNotAKill() throws SQLException {
    String inserted = "select n_tup_ins from pg_stat_user_tables where relname = 'counted'";
    source.execute(
        "create table counted (i int)", "insert into counted select generate_series(1, 12345)");
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() -> assertThat(source.number(inserted)).isEqualTo(12345));

    restart();

    assertThat(source.number(inserted)).isEqualTo(12345);
    source.execute("insert into counted values (1)");
    stack.killAllAndDeleteCaches(new Random(1));
    stack.up();
    stack.awaitServer(source);
    assertThat(source.number("select coalesce((" + inserted + "), 0)")).isZero();
  }

  /// CM-4, §6.
  @Test
  void cacheLimitOfARunningEndpointCanBeChanged() throws SQLException {
    source.execute("select count(*) from warm", "checkpoint");
    String started = source.string("select pg_postmaster_start_time()");

    stack.argon("endpoint", "set", "main", "neon.file_cache_size_limit=4MB").ok();

    await()
        .atMost(TIMEOUT)
        .untilAsserted(
            () -> assertThat(source.string("show neon.file_cache_size_limit")).isEqualTo("4MB"));
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() ->
            assertThat(source.number("select file_cache_used from neon_stat_file_cache"))
                .isLessThan(source.number("select pg_relation_size('warm') / 8192")));
    stack.argon("endpoint", "set", "main", "work_mem=7MB", "max_connections=90").ok();
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() -> assertThat(source.string("show work_mem")).isEqualTo("7MB"));
    assertThat(source.string("show max_connections")).isEqualTo("100");
    assertThat(source.string("select pg_postmaster_start_time()")).isEqualTo(started);
    stack
        .argon(
            "endpoint",
            "set",
            "main",
            "neon.file_cache_size_limit=",
            "work_mem=",
            "max_connections=")
        .ok();
    await()
        .atMost(TIMEOUT)
        .untilAsserted(
            () -> assertThat(source.string("show neon.file_cache_size_limit")).isEqualTo("1GB"));
  }

  @Test
  void dumpWithTheExtensionIsRestoredOnAnotherEndpoint() throws SQLException {
    source.execute("create database dumped");
    ConnectionSource from = source.database("dumped");
    from.execute(
        "create schema neon",
        "create extension neon with schema neon",
        "create table t as select generate_series(1, 100) i",
        "create view hits as select lfc_value from neon.neon_lfc_stats"
            + " where lfc_key = 'file_cache_hits'");
    Path file = stack.workspace().resolve("dump");
    Command.of(PostgresPrograms.path("pg_dump"), "--format=custom", "--file=" + file, from.uri())
        .run(Duration.ofMinutes(1))
        .ok();
    stack.argon("branch", "create", "restored").ok();
    stack.argon("endpoint", "create", "restored", "--branch", "restored").ok();
    stack.argon("endpoint", "start", "restored").ok();
    ConnectionSource to = stack.source("restored");
    to.execute("create database again");
    ConnectionSource again = to.database("again");

    Command.of(
            PostgresPrograms.path("pg_restore"),
            "--exit-on-error",
            "--dbname=" + again.uri(),
            file.toString())
        .run(Duration.ofMinutes(1))
        .ok();

    assertThat(again.number("select count(*) from t")).isEqualTo(100);
    assertThat(again.number("select lfc_value from hits")).isPositive();
    assertThat(again.number("select neon.approximate_working_set_size_seconds(60)")).isPositive();
    assertThat(again.number("select neon.pg_cluster_size()")).isPositive();
    assertThat(again.number("select received_lsn - '0/0' from neon.backpressure_lsns()"))
        .isPositive();
  }

  @Test
  void whatAnEndpointKeepsGoesWithIt() {
    stack.argon("branch", "create", "short").ok();
    stack.argon("endpoint", "create", "brief", "--branch", "short").ok();
    stack.argon("endpoint", "start", "brief").ok();
    // endpoints/ID/start-N
    Path start =
        stack.processes("compute").stream()
            .filter(process -> process.name().equals("brief"))
            .findFirst()
            .orElseThrow()
            .directory();
    String id = start.getName(start.getNameCount() - 2).toString();
    stack.argon("endpoint", "stop", "brief").ok();
    assertThat(kept(id)).containsExactly("cache-state", "statistics");

    stack.argon("endpoint", "delete", "brief").ok();

    assertThat(kept(id)).isEmpty();
  }

  /// CM-1, CM-2.
  @Test
  void metricsHaveTheNamesThatDashboardsKnow() throws SQLException {
    source.execute("select count(*) from warm");
    Map<String, Double> metrics = stack.computeMetrics();

    assertThat(metrics)
        .containsKeys(
            "lfc_hits",
            "lfc_misses",
            "lfc_used",
            "lfc_writes",
            "lfc_cache_size_limit",
            "lfc_approximate_working_set_size_windows{duration_seconds=\"60\"}",
            "lfc_approximate_working_set_size_windows{duration_seconds=\"3600\"}",
            "request_counters{request_type=\"get_page_v\"}",
            "block_map_num_buckets_in_use");
    assertThat(metrics.get("lfc_approximate_working_set_size_windows{duration_seconds=\"3600\"}"))
        .isPositive();
  }
}
