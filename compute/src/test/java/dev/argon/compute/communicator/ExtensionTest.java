package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.argon.pgwire.PgClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The extension `neon` on a real server: it is found, belongs together as any extension does, and
/// its functions tell the truth.
class ExtensionTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path directory;

  private ShimStack stack;
  private ShimServer server;

  @BeforeEach
  void start() throws Exception {
    stack =
        ShimStack.start(
            directory,
            Map.of("shared_buffers", "1MB", "autovacuum", "off", "wal_keep_size", "1GB"));
    server = stack.server();
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  private long number(String sql) throws Exception {
    return Long.parseLong(server.value(sql));
  }

  /// What is null is shown as `null`.
  private List<List<String>> rows(String sql) throws Exception {
    try (PgClient client = server.connect("postgres")) {
      return client.query(sql).rows().stream()
          .map(row -> row.stream().map(String::valueOf).toList())
          .toList();
    }
  }

  private List<String> columns(String relation) throws Exception {
    return rows(
            "select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute"
                + " where attrelid = '"
                + relation
                + "'::regclass and attnum > 0 order by attnum")
        .stream()
        .map(List::getFirst)
        .toList();
  }

  @Test
  void viewsHaveTheColumnsThatNeonsUsersKnow() throws Exception {
    server.execute("create extension neon");

    assertThat(columns("neon_lfc_stats")).containsExactly("lfc_key text", "lfc_value bigint");
    assertThat(columns("neon_stat_file_cache"))
        .containsExactly(
            "file_cache_misses bigint",
            "file_cache_hits bigint",
            "file_cache_used bigint",
            "file_cache_writes bigint",
            "file_cache_hit_ratio numeric");
    assertThat(columns("local_cache"))
        .containsExactly(
            "pageoffs bigint",
            "relfilenode oid",
            "reltablespace oid",
            "reldatabase oid",
            "relforknumber smallint",
            "relblocknumber bigint",
            "accesscount integer");
    assertThat(columns("neon_perf_counters"))
        .containsExactly("metric text", "bucket_le double precision", "value double precision");
    assertThat(columns("neon_backend_perf_counters"))
        .containsExactly(
            "procno integer",
            "pid integer",
            "metric text",
            "bucket_le double precision",
            "value double precision");
    assertThat(server.value("select extversion from pg_extension where extname = 'neon'"))
        .isEqualTo("1.6");
  }

  @Test
  void membersComeAndGoWithTheExtension() throws Exception {
    server.execute("create schema monitoring", "create extension neon with schema monitoring");

    assertThatThrownBy(() -> server.execute("drop view monitoring.neon_lfc_stats"))
        .hasMessageContaining("extension neon requires it");
    assertThat(number("select count(*) from monitoring.neon_lfc_stats")).isEqualTo(9);
    server.execute("alter extension neon set schema public", "alter extension neon update");
    assertThat(number("select count(*) from neon_lfc_stats")).isEqualTo(9);
    server.execute("drop extension neon");
    assertThat(number("select count(*) from pg_proc where proname ~ 'lfc|prewarm|working_set'"))
        .isZero();
    server.execute("create extension if not exists neon", "create extension if not exists neon");
    assertThat(number("select count(*) from neon_lfc_stats")).isEqualTo(9);
  }

  @Test
  void listedBesideTheServersOwn() throws Exception {
    assertThat(
            rows(
                "select default_version, installed_version from pg_available_extensions"
                    + " where name in ('neon', 'amcheck') order by name desc"))
        .hasSize(2)
        .first()
        .isEqualTo(List.of("1.6", "null"));
    assertThat(
            rows(
                "select version, trusted, relocatable from pg_available_extension_versions"
                    + " where name = 'neon'"))
        .containsExactly(List.of("1.6", "t", "t"));
    assertThat(number("select count(*) from pg_available_extension_versions"))
        .isGreaterThan(number("select count(*) from pg_available_extensions"));
    assertThat(number("select count(*) from pg_extension_update_paths('neon')")).isZero();
    assertThat(number("select count(*) from pg_extension_update_paths('adminpack')")).isPositive();
  }

  @Test
  void onlyItsOwnCommandsAreLedAway() throws Exception {
    assertThatThrownBy(() -> server.execute("create extension neon version '9.9'"))
        .hasMessageContaining("9.9");
    server.execute("create extension amcheck", "drop extension amcheck");
    // An event trigger that makes another extension while ours is made.
    server.execute(
        "create function also() returns event_trigger language plpgsql as $$ begin"
            + " if current_setting('also.done', true) is distinct from 'yes' then"
            + " perform set_config('also.done', 'yes', true);"
            + " create extension amcheck; end if; end $$",
        "create event trigger also on ddl_command_start execute function also()",
        "create extension neon");
    assertThat(
            rows(
                "select extname from pg_extension where extname in ('neon', 'amcheck')"
                    + " order by 1"))
        .containsExactly(List.of("amcheck"), List.of("neon"));
    assertThat(server.value("select setting from pg_config where name = 'SHAREDIR'"))
        .isEqualTo("/usr/share/postgresql/15");
  }

  @Test
  void ownerOfADatabaseMayCreateItAndMonitorsMayLook() throws Exception {
    server.execute(
        "create role owner login",
        "create role looker login in role pg_monitor",
        "grant create on database postgres to owner");
    try (PgClient client = PgClient.connect(server.session("owner", "postgres"))) {
      client.query("create extension neon");
    }
    try (PgClient client = PgClient.connect(server.session("looker", "postgres"))) {
      assertThat(client.query("select * from neon_stat_file_cache").rows()).hasSize(1);
      assertThat(client.query("select approximate_working_set_size_seconds(60)").rows()).hasSize(1);
    }
  }

  @Test
  void anotherColumnListIsAnErrorAndNothingWorse() throws Exception {
    server.execute("create extension neon");

    assertThatThrownBy(() -> server.value("select * from get_perf_counters() as t (i int)"))
        .hasMessageContaining("do not match");
    assertThatThrownBy(
            () -> server.value("select * from neon_get_lfc_stats() as t (a text, b text)"))
        .hasMessageContaining("do not match");
    assertThat(server.isAlive()).isTrue();
  }

  /// RS-9.
  @Test
  void countersFollowWhatIsRead() throws Exception {
    server.execute("create extension neon");
    long hits = lfc("file_cache_hits");
    long misses = lfc("file_cache_misses");
    server.execute(
        "create table t as select i, repeat('x', 900) as x from generate_series(1, 8000) i",
        "select count(*) from before");
    long missesThen = lfc("file_cache_misses");

    server.execute("select count(*) from t", "select count(*) from t");

    assertThat(missesThen).isGreaterThan(misses);
    assertThat(lfc("file_cache_hits") - hits).isGreaterThan(1_500);
    assertThat(
            number(
                "select lfc_value - (select count(*) from local_cache) from neon_lfc_stats"
                    + " where lfc_key = 'file_cache_used'"))
        .isZero();
    assertThat(
            number(
                "select count(*) from local_cache"
                    + " where relfilenode = pg_relation_filenode('t')"
                    + " and reldatabase = (select oid from pg_database"
                    + " where datname = 'postgres')"))
        .isGreaterThan(900);
    assertThat(rows("select lfc_value from neon_lfc_stats where lfc_key = 'file_cache_limit'"))
        .containsExactly(List.of("null"));
    assertThat(
            server.value(
                "select file_cache_hit_ratio between 50 and 100" + " from neon_stat_file_cache"))
        .isEqualTo("t");
  }

  private long lfc(String key) throws Exception {
    return number("select lfc_value from neon_lfc_stats where lfc_key = '" + key + "'");
  }

  /// RS-9, IP-3.
  @Test
  void waitsForPagesAreCountedByTheirLength() throws Exception {
    server.execute("create extension neon");
    String count = "select value from neon_perf_counters where metric = '%s'";
    assertThat(
            number(
                "select count(*) from neon_perf_counters"
                    + " where metric = 'getpage_wait_seconds_bucket'"))
        .isEqualTo(29);
    assertThat(
            server.value(
                "select bool_and(value >= before) from (select value, lag(value, 1, 0) over"
                    + " (order by bucket_le) as before from neon_perf_counters"
                    + " where metric = 'getpage_wait_seconds_bucket') b"))
        .isEqualTo("t");
    long before = number(count.formatted("getpage_wait_seconds_count"));
    long sent = number(count.formatted("pageserver_requests_sent_total"));

    stack.pages().freeze();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(() -> {
          try {
            return server.value("select count(*) from before");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    await().atMost(TIMEOUT).until(() -> openRequests() > 0);
    await().pollDelay(Duration.ofMillis(250)).atMost(TIMEOUT).until(() -> !read.isDone());
    stack.pages().thaw();

    assertThat(read.get()).isEqualTo("1000");
    assertThat(number(count.formatted("getpage_wait_seconds_count"))).isGreaterThan(before);
    assertThat(number(count.formatted("pageserver_requests_sent_total"))).isGreaterThan(sent);
    assertThat(Double.parseDouble(server.value(count.formatted("getpage_wait_seconds_sum"))))
        .isGreaterThan(0.2);
    assertThat(
            number(
                "select max(value) - min(value) from neon_perf_counters"
                    + " where metric = 'getpage_wait_seconds_bucket'"
                    + " and bucket_le in (0.2, 'infinity')"))
        .isPositive();
    await().atMost(TIMEOUT).until(() -> openRequests() == 0);
    assertThat(
            number(
                "select count(*) from neon_backend_perf_counters"
                    + " where pid = pg_backend_pid()"))
        .isPositive();
  }

  private long openRequests() {
    return server.memory.openRequests();
  }

  /// RQ-14, §6.
  @Test
  void workingSetIsWhatWasReadInTheWindow() throws Exception {
    server.execute(
        "create extension neon",
        "create table big as select i, repeat('y', 1800) as x from generate_series(1, 20000) i",
        "create index on big (i)",
        "vacuum big",
        "select approximate_working_set_size(true)");
    long blocks = number("select pg_relation_size('big') / 8192");

    server.execute("select sum(length(x)) from big");
    long afterScan = number("select approximate_working_set_size_seconds(60)");

    assertThat((double) afterScan).isCloseTo((double) blocks, within(blocks * 0.2));
    assertThat(number("select approximate_working_set_size_seconds()"))
        .isGreaterThanOrEqualTo(afterScan);
    server.execute("select approximate_working_set_size(true)");
    for (int i = 0; i < 20; i++) {
      server.execute("set enable_seqscan = off", "select x from big where i = 4711");
    }
    assertThat(number("select approximate_working_set_size_seconds(60)")).isLessThan(500);
    assertThat(number("select approximate_working_set_size_seconds(0)"))
        .isLessThanOrEqualTo(number("select approximate_working_set_size_seconds(3600)"));
  }

  /// §6.
  @Test
  void prewarmBringsBackWhatAStateNames() throws Exception {
    server.execute(
        "create extension neon",
        "create table kept (state bytea)",
        "select count(*) from before",
        "insert into kept select get_local_cache_state()");
    int filenode = (int) number("select pg_relation_filenode('before')");
    long there = cachedOf(filenode);
    assertThat(there).isGreaterThan(10);
    assertThat(rows("select get_prewarm_info()")).containsExactly(List.of("null"));

    evictAllOf(filenode);
    server.execute("select prewarm_local_cache(state) from kept");

    assertThat(cachedOf(filenode)).isEqualTo(there);
    assertThat(number("select prewarmed_pages from get_prewarm_info()"))
        .isGreaterThanOrEqualTo(there);
    assertThat(
            rows(
                "select total_pages = prewarmed_pages + skipped_pages, active_workers"
                    + " from get_prewarm_info()"))
        .containsExactly(List.of("t", "0"));
    AtomicLong asked = new AtomicLong();
    FakePageService.Pages all = stack.changedPages();
    stack
        .pages()
        .pages((request, target) -> {
          asked.addAndGet(request.relation().relNode() == filenode ? 1 : 0);
          all.read(request, target);
        });
    assertThat(server.value("select count(*) from before")).isEqualTo("1000");
    assertThat(asked).hasValue(0);
    server.execute("select prewarm_local_cache(state, 4) from kept");
    assertThat(number("select prewarmed_pages from get_prewarm_info()")).isLessThan(there);
    assertThat(Files.readString(server.log)).doesNotContain("PANIC", "TRAP", "terminated by");
  }

  private void evictAllOf(int filenode) throws Exception {
    // Pages that were written here go as well, and come back.
    stack.pages().pages(stack.changedPages());
    server.cacheLimit("0");
    await().atMost(TIMEOUT).until(() -> cachedOf(filenode) == 0);
    server.cacheLimit("1GB");
    await().atMost(TIMEOUT).until(() -> server.memory.cacheLimitBlocks() > 0);
  }

  private long cachedOf(int filenode) throws Exception {
    return number("select count(*) from local_cache where relfilenode = " + filenode);
  }

  /// §6.
  @Test
  void stateOfAnotherClusterDoesNoHarm() throws Exception {
    server.execute("create extension neon");

    // Database 4294967295, relation 77: 128 blocks that never were.
    server.execute(
        "select prewarm_local_cache(decode('fcfcfcfc0100000080000000"
            + "070000007f060000ffffffff4d0000000000000000000000"
            + "ff".repeat(16)
            + "', 'hex'))");

    assertThat(rows("select total_pages, prewarmed_pages, skipped_pages from get_prewarm_info()"))
        .containsExactly(List.of("128", "0", "128"));
    assertThatThrownBy(() -> server.execute("select prewarm_local_cache('nonsense')"))
        .hasMessageContaining("not a state of a local cache");
    assertThat(server.value("select get_local_cache_state(0) is null")).isEqualTo("t");
    assertThat(number("select length(get_local_cache_state(2))")).isEqualTo(16 + 2 * 36);
  }

  /// §6.
  @Test
  void prewarmIsCancelledWithItsStatement() throws Exception {
    server.execute(
        "create extension neon",
        "create table kept (state bytea)",
        "select count(*) from before",
        "insert into kept select get_local_cache_state()");
    int filenode = (int) number("select pg_relation_filenode('before')");
    evictAllOf(filenode);
    try (PgClient client = server.connect("postgres")) {
      client.query("set statement_timeout = 1000");
      // Everything that the statement itself needs is here then.
      client.query("select prewarm_local_cache('\\xfcfcfcfc000000000000000007000000') from kept");
      client.query("select length(state) from kept");
      stack.pages().freeze();

      assertThatThrownBy(() -> client.query("select prewarm_local_cache(state) from kept"))
          .hasMessageContaining("statement timeout");
    } finally {
      stack.pages().thaw();
    }
    await()
        .atMost(TIMEOUT)
        .until(() ->
            server.prewarm.info().filter(i -> i.totalPages() > 0 && !i.running()).isPresent());
    assertThat(server.value("select count(*) from before")).isEqualTo("1000");
    server.execute("select prewarm_local_cache(state) from kept");
  }

  /// RQ-6, §13.
  @Test
  void sizesAndPositionsAreThePageserversAndTheFiles() throws Exception {
    server.execute("create extension neon");
    long before = number("select pg_cluster_size()");
    server.memory.publishPageserver(
        new dev.argon.postgres.Lsn(0x3000),
        new dev.argon.postgres.Lsn(0x2000),
        new dev.argon.postgres.Lsn(0x1000));

    server.execute("create table t as select repeat('x', 1000) as x from generate_series(1, 5000)");

    assertThat(number("select pg_cluster_size()") - before).isBetween(5_000_000L, 8_000_000L);
    assertThat(rows("select * from backpressure_lsns()"))
        .containsExactly(List.of("0/3000", "0/2000", "0/1000"));
    assertThat(number("select backpressure_throttling_time()")).isZero();
  }
}
