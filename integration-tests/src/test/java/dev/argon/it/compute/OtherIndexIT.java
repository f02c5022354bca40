package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// §9: indexes whose access methods are not PostgreSQL's own, under generic records: pgvector's,
/// RUM's, and bloom. As in [IndexBuildIT] there are a hundred buffers and no file cache, and every
/// page is compared. They come from Debian's archive; where there is no way to it the normal form
/// is reported as skipped.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OtherIndexIT {

  private static final int NEAREST = 40;

  /// The same in both forms: for each row that its memory has no room for, HNSW's build reads many
  /// pages, and compare mode `all` asks for each of them. Twice as many rows took 13 times as long.
  private static final int ROWS = 3_000;

  /// HNSW finds most of the nearest.
  private static final int NEAREST_FOUND = 36;

  private static final String NEAR =
      "select v <-> (select v from held where id = 77) from held"
          + " order by v <-> (select v from held where id = 77) limit "
          + NEAREST;

  /// As many as there are lists, so that IVFFlat misses nothing.
  private static final List<String> SETTINGS =
      List.of("hnsw.ef_search = 400", "ivfflat.probes = 4");

  /// A kind of index.
  enum Build {
    HNSW("using hnsw (v vector_l2_ops) with (m = 8, ef_construction = 32)", NEAR, false),
    IVFFLAT("using ivfflat (v vector_l2_ops) with (lists = 4)", NEAR, true),
    RUM(
        "using rum (t rum_tsvector_ops)",
        "select id from held where t @@ 'w7 & w11'::tsquery order by id",
        true),
    RUM_WITH_IDS(
        "using rum (t rum_tsvector_addon_ops, id) with (attach = 'id', to = 't')",
        "select id from held where t @@ 'w5 & w3'::tsquery order by id",
        true),
    BLOOM(
        "using bloom (a, b) with (length = 64, col1 = 3, col2 = 3)",
        "select id from held where a = 3 and b = 5 order by id",
        true);

    private final String definition;
    private final String query;

    /// Whether it finds what a scan of the table finds.
    private final boolean exact;

    Build(String definition, String query, boolean exact) {
      this.definition = definition;
      this.query = query;
      this.exact = exact;
    }

    /// IVFFlat wants room for what it samples.
    String memory() {
      return "set maintenance_work_mem = '" + (this == IVFFLAT ? 4 : 1) + "MB'";
    }

    String index() {
      return "held_" + name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static Stack stack;
  private static OtherAccessMethods methods;
  private static ConnectionSource source;
  private static Pressure pressure;

  @BeforeAll
  static void up() throws SQLException {
    Command.Result fetched = OtherAccessMethods.fetch();
    assumeTrue(TestForm.isLong() || fetched.exitCode() == 0, fetched::err);
    methods = OtherAccessMethods.of(fetched);
    stack = new Stack("other");
    stack.up();
    pressure = Pressure.on(stack, "neon.debug_compare_local=all");
    source = stack.source();
    methods.create("rum", source);
    methods.create("vector", source);
    source.execute(
        "create extension bloom",
        "create extension pageinspect",
        "create table held (id int, v vector(48), t tsvector, a int, b int)",
        "select setseed(0.5)",
        "insert into held select g,"
            + " (select array_agg(random()) from generate_series(g, g + 47))::vector,"
            + " to_tsvector('simple', format('w%s w%s w%s x%s', g % 10, g % 17, g % 23, g)),"
            + " g % 7, g % 31 from generate_series(1, "
            + ROWS
            + ") g",
        "vacuum analyze held");
  }

  @AfterAll
  static void close() {
    if (pressure != null) {
      pressure.close();
    }
    if (stack != null) {
      stack.close();
      methods.close();
    }
  }

  @AfterEach
  void nothingWentWrong() {
    pressure.nothingWentWrong();
  }

  /// Builds of pgvector and RUM, then changes, VACUUM and REINDEX. §9.
  @ParameterizedTest
  @EnumSource
  @Order(1)
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void indexAnswersAsItsTable(Build build) throws SQLException {
    long kept = pressure.count("verdict_keep_low_lsn");
    source.execute(
        build.memory(), "create index " + build.index() + " on held " + build.definition);
    System.out.printf(
        "OtherIndexIT: %s: kept %d times%n", build, pressure.count("verdict_keep_low_lsn") - kept);
    answerStaysRight(build);
    int remainder = List.of(Build.values()).indexOf(build);
    source.execute(
        "update held set v = v + v, t = t || 'w11'::tsvector, a = a + 1 where id % 20 = "
            + remainder,
        "delete from held where id % 200 = " + (100 + remainder),
        "insert into held select 1000000 + id, v, t, a, b from held where id % 50 = " + remainder);
    answerStaysRight(build);
    source.execute("vacuum held");
    answerStaysRight(build);
    source.execute(build.memory(), "reindex index concurrently " + build.index());
    answerStaysRight(build);
  }

  /// The same by pages from the pageserver.
  private static void answerStaysRight(Build build) throws SQLException {
    List<String> before = rightAnswer(build);
    pressure.push(build.index(), "held");
    assertThat(rightAnswer(build)).as("%s", build).isEqualTo(before);
  }

  private static List<String> rightAnswer(Build build) throws SQLException {
    Pressure.Answers answers =
        pressure.answers(build.index(), build.query, SETTINGS.toArray(String[]::new));
    assertThat(answers.byIndex()).as("%s", build).hasSameSizeAs(answers.byTable()).isNotEmpty();
    if (build.exact) {
      assertThat(answers.byIndex()).as("%s", build).isEqualTo(answers.byTable());
    } else {
      Set<String> found = new HashSet<>(answers.byIndex());
      assertThat(answers.byTable().stream().filter(found::contains).count())
          .as("%s: of the nearest %s", build, NEAREST)
          .isGreaterThanOrEqualTo(NEAREST_FOUND);
    }
    return answers.byIndex();
  }

  /// Of a new server, with an empty directory. §9.
  @Test
  @Order(2)
  void indexesAnswerTheSameOnANewServer() throws SQLException {
    Map<Build, List<String>> before = new EnumMap<>(Build.class);
    for (Build build : Build.values()) {
      before.put(build, rightAnswer(build));
    }
    stack.killAllAndDeleteCaches(new Random(9));
    stack.up();
    pressure.reconnect();
    for (Build build : Build.values()) {
      assertThat(rightAnswer(build)).as("%s", build).isEqualTo(before.get(build));
    }
  }

  /// While a graph of long vectors is written that no record describes yet: the page whose next
  /// page is block 5911 ends like a sequence, and where that would have its values ahead of WAL is
  /// 0. §9.
  @Test
  @Order(3)
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void pageBeforeBlock5911StaysUntilItIsLogged() throws SQLException {
    source.execute(
        "create table far (id int)",
        "insert into far select generate_series(1, 6500)",
        "create function embedding(id int) returns vector immutable language sql as"
            + " $$ select (id::real || array_fill(0::real, array[1899]))::vector(1900) $$",
        "set maintenance_work_mem = '256MB'",
        "create index far_near on far using hnsw"
            + " ((embedding(id)::vector(1900)) vector_l2_ops) with (m = 2, ef_construction = 4)");
    for (int block : new int[] {5909, 5910, 5911}) {
      String hex = source.string("select encode(get_raw_page('far_near', " + block + "), 'hex')");
      ByteBuffer page =
          ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(page.getInt(8184)).as("next page of block %s", block).isEqualTo(block + 1);
      assertThat(page.getShort(12))
          .as("line pointers of block %s", block)
          .isGreaterThan((short) 24);
    }
  }
}
