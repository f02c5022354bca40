package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.compute.eviction.Verdict;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// `neon.debug_compare_local` (DC-3, DC-4, DC-5, DC-6, DC-8): stock PostgreSQL on the shim, and a
/// pageserver that replays its WAL, or gives one byte wrong.
class CompareModeTest {

  private static final int DAMAGED_BLOCK = 3;
  private static final int DAMAGED_BYTE = 8000;

  @TempDir Path directory;

  private ShimStack stack;
  private ShimServer server;

  /// The relation file of which one page is given wrong; 0: none.
  private final AtomicInteger damaged = new AtomicInteger();

  /// @param test its tag is the mode
  @BeforeEach
  void start(TestInfo test) throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("wal_keep_size", "8GB");
    settings.put("shared_buffers", "1MB");
    settings.put("neon.debug_compare_local", test.getTags().iterator().next());
    stack = ShimStack.start(directory, settings);
    server = stack.server();
    FakePageService.Pages right = stack.changedPages();
    stack
        .pages()
        .pages((request, target) -> {
          int at = target.position();
          right.read(request, target);
          if (request.relation().relNode() == damaged.get() && request.block() == DAMAGED_BLOCK) {
            flip(target, at + DAMAGED_BYTE);
          }
        });
    // This pageserver waits for nothing but what it is asked for.
    server.memory.publishPageserverLsn(new Lsn(-1));
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  private static void flip(ByteBuffer page, int at) {
    page.put(at, (byte) (page.get(at) ^ 0x10));
  }

  /// A table with more pages than there are buffers, all of them in the file, none in a buffer.
  private void createTable() throws IOException, PgErrorException {
    server.execute(
        "create table t (i int, filler text)",
        "alter table t alter filler set storage plain",
        "insert into t select g, repeat('f', 1000) from generate_series(1, 3000) g",
        "create table other as select * from t",
        "checkpoint");
  }

  private int file(String relation) throws IOException, PgErrorException {
    return Integer.parseInt(server.value("select pg_relation_filenode('" + relation + "')"));
  }

  private long counter(String name) {
    return Objects.requireNonNull(server.communicator.compared().byName().get(name), name);
  }

  /// DC-4.
  @Test
  @Tag("all")
  void allAccessMethodsPagesAreThePageservers() throws Exception {
    server.execute(
        "create table t (i int, j int[], p point, r int4range, x text)",
        "create index on t using btree (i)",
        "create index on t using hash (i)",
        "create index on t using gin (j)",
        "create index on t using gist (p)",
        "create index on t using spgist (p)",
        "create index on t using brin (i)",
        "create sequence s",
        "create table ids (id serial)");
    for (int round = 0; round < 3; round++) {
      server.execute(
          "insert into t select g, array[g % 7, g], point(g, g % 90), int4range(g, g + 9),"
              + " repeat('x', 300) from generate_series(1, 4000) g",
          "update t set x = 'y' where i % 3 = 0",
          "delete from t where i % 7 = 1",
          "insert into ids select from generate_series(1, 40)",
          "vacuum t",
          "begin; delete from t where i < 900; rollback",
          "select count(nextval('s')) from generate_series(1, 33)",
          "analyze t");
      assertThat(server.value("select count(*) from t where x like 'x%'")).isNotEqualTo("0");
    }
    server.execute("reindex table t", "cluster t using t_i_idx", "vacuum t");
    assertThat(server.value("select sum(i) from t")).isNotNull();

    Map<String, Long> counters = server.communicator.compared().byName();
    System.out.println("CompareModeTest: " + counters);
    assertThat(Files.readString(server.log)).doesNotContain("ERROR");
    assertThat(counters.get("compare_differences")).isZero();
    for (String subject : new String[] {"btree", "hash", "gin", "gist", "spgist"}) {
      assertThat(counters.get("compared_" + subject)).as(subject).isGreaterThan(20);
    }
    assertThat(counters.get("compared_brin")).isPositive();
    assertThat(counters.get("compared_visibility_map")).isPositive();
    assertThat(counters.get("compared_heap")).isGreaterThan(1000);
  }

  /// DC-3.
  @Test
  @Tag("none")
  void noneDoesNotNoticeADamagedByte() throws Exception {
    createTable();
    damaged.set(file("t"));

    assertThat(server.value("select count(*) from t")).isEqualTo("3000");

    assertThat(counter("compare_differences")).isZero();
  }

  /// DC-6.
  @Test
  @Tag("all")
  void allNamesRelationForkBlockAndByte() throws Exception {
    createTable();
    assertThat(server.value("select count(*) from t")).isEqualTo("3000");
    assertThat(server.value("select count(*) from other")).isEqualTo("3000");
    damaged.set(file("t"));

    assertThatThrownBy(() -> server.value("select count(*) from t"))
        .hasMessageContaining("XX001")
        .hasMessageContaining("block " + DAMAGED_BLOCK + " of relation base/")
        .hasMessageContaining("/" + file("t") + ", fork main, differs from the pageserver's: ")
        .hasMessageContaining("byte " + DAMAGED_BYTE + " is 66 and not 76");

    assertThat(counter("compare_differences")).isEqualTo(1);
    damaged.set(0);
    assertThat(server.value("select count(*) from t")).isEqualTo("3000");
    assertThat(server.isAlive()).isTrue();
  }

  /// DC-3.
  @Test
  @Tag("lfc")
  void lfcKeepsWhatDiffersWhenItWasToBeEvicted() throws Exception {
    createTable();
    damaged.set(file("t"));
    server.cacheLimit("2MB");

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> counter("compare_differences") > 0);

    assertThatThrownBy(() -> server.value("select count(*) from t"))
        .hasMessageContaining("block " + DAMAGED_BLOCK + " of relation base/")
        .hasMessageContaining("differs from the pageserver's: found when");
    assertThat(counter("compared_heap")).isPositive();
    assertThat(server.evictor.verdicts().get(Verdict.DROP)).isGreaterThan(100L);
    // What is written anew here is the truth again.
    server.execute("truncate t");
    assertThat(server.value("select count(*) from t")).isEqualTo("0");
  }

  /// DC-3.
  @Test
  @Tag("prefetch")
  void prefetchComparesWhatItMeetsInTheFile() throws Exception {
    createTable();
    server.execute("create index on t (i)");
    damaged.set(file("t"));
    server.execute(
        "select count(*) from other",
        "set enable_seqscan = off; set enable_indexscan = off;"
            + " set effective_io_concurrency = 64;"
            + " select count(*) from t where i < 2500 and filler is not null");

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> counter("compare_differences") > 0);

    server.execute("select count(*) from other");
    assertThatThrownBy(() -> server.value("select count(*) from t"))
        .hasMessageContaining("block " + DAMAGED_BLOCK + " of relation base/");
    assertThat(counter("compared_heap")).isPositive();
  }

  private long comparisonRequests() {
    return Objects.requireNonNull(
        server.communicator.requestCounts().requests().get("compare_page_v"));
  }

  /// A scan of a resident table (DC-8): as many requests for pages as in mode `none`.
  private long comparisonsOfAScan() throws IOException, PgErrorException {
    createTable();
    assertThat(server.value("select count(*) from t")).isEqualTo("3000");
    long pagesAsked = server.communicator.counters().requestedBlocks();
    long comparisons = comparisonRequests();

    assertThat(server.value("select count(*) from t")).isEqualTo("3000");

    assertThat(server.communicator.counters().requestedBlocks()).isEqualTo(pagesAsked);
    return comparisonRequests() - comparisons;
  }

  /// DC-3, DC-8.
  @Test
  @Tag("all")
  void comparisonsAreRequestsOfTheirOwnKind() throws Exception {
    assertThat(comparisonsOfAScan()).isGreaterThan(300);
  }

  /// DC-3, DC-8.
  @Test
  @Tag("lfc")
  void lfcComparesNoPageThatStaysWhereItIs() throws Exception {
    assertThat(comparisonsOfAScan()).isZero();
  }

  /// DC-3.
  @Test
  @Tag("prefetch")
  void warmOrderComparesNothing() throws Exception {
    createTable();
    int database =
        Integer.parseInt(server.value("select oid from pg_database where datname = 'postgres'"));
    RelFileNode relation = new RelFileNode(1663, database, file("t"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.memory.slots().inUse() == 0);
    long comparisons = comparisonRequests();

    assertThat(server.memory.orderWarm(relation, 0, 0, 32)).isTrue();

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.memory.warmOrdersUnserved() == 0 && server.memory.slots().inUse() == 0);
    assertThat(comparisonRequests()).isEqualTo(comparisons);
  }

  /// DC-5.
  @Test
  @Tag("all")
  void lostWriteIsADifference() throws Exception {
    createTable();
    forgetAtThePageserver(file("t"));

    assertThatThrownBy(() -> server.value("select count(*) from t"))
        .hasMessageContaining("differs from the pageserver's: other LSN, byte ")
        .hasMessageContaining("there 0/0");
  }

  /// DC-3: WAL of a drop is at the pageserver before the file is gone here.
  @Test
  @Tag("lfc")
  void whatThePageserverHasDroppedAlreadyIsNoDifferenceAndStays() throws Exception {
    createTable();
    forgetAtThePageserver(file("t"));
    server.cacheLimit("2MB");

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> counter("compare_left_out_nothing_there") > 1000);

    assertThat(counter("compare_differences")).isZero();
    assertThat(server.value("select count(*) from t")).isEqualTo("3000");
  }

  /// DC-3, DC-5.
  @Test
  @Tag("lfc")
  void whatThePageserverHasLostIsADifferenceBeforeItIsEvicted() throws Exception {
    createTable();
    forgetAtThePageserver(file("t"));
    stack.pages().blocks(429);
    server.cacheLimit("2MB");

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> counter("compare_differences") > 0);

    assertThatThrownBy(() -> server.value("select count(*) from t"))
        .hasMessageContaining("of relation base/")
        .hasMessageContaining("differs from the pageserver's: found when");
  }

  /// From now on zeros, as of a relation that does not exist.
  private void forgetAtThePageserver(int relation) throws IOException {
    FakePageService.Pages right = stack.changedPages();
    stack
        .pages()
        .pages((request, target) -> {
          if (request.relation().relNode() == relation) {
            for (int i = 0; i < 8192; i++) {
              target.put((byte) 0);
            }
          } else {
            right.read(request, target);
          }
        });
  }
}
