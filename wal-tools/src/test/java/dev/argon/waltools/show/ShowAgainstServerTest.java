package dev.argon.waltools.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.page.Page;
import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Pages of a real server, described here and by PostgreSQL's own `pageinspect`.
class ShowAgainstServerTest {

  /// A relation's file and what it must be recognised as.
  private record RelationFile(String name, String path, String kind) {}

  private static StockCluster cluster;
  private static List<RelationFile> files = List.of();

  @BeforeAll
  static void runServer() throws Exception {
    cluster = StockCluster.create("--data-checksums");
    cluster.start("autovacuum=off", "wal_level=logical", "bgwriter_lru_maxpages=0");
    cluster.sql(resource("tables.sql"));
    files =
        cluster
            .sql(
                "select c.oid::regclass, pg_relation_filepath(c.oid), case when relkind = 'S'"
                    + " then 'sequence' else amname end from pg_class c left join pg_am a on"
                    + " a.oid = relam where relkind in ('r', 'i', 't', 'm', 'S')")
            .lines()
            .map(line -> line.split("\\|", -1))
            .map(row -> new RelationFile(row[0], row[1], row[2]))
            .toList();
  }

  @AfterAll
  static void removeServer() throws Exception {
    cluster.close();
  }

  @Test
  void everyPageIsRecognisedAndFits() throws Exception {
    Map<String, Integer> kinds = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    for (RelationFile file : files) {
      checkPages(file.path, file.kind, kinds, wrong);
      checkPages(file.path + "_vm", "visibility-map", kinds, wrong);
      checkPages(file.path + "_fsm", "free-space-map", kinds, wrong);
    }

    assertThat(wrong).isEmpty();
    assertThat(kinds).containsKeys("heap", "btree", "hash", "gin", "gist", "spgist", "brin");
    assertThat(kinds).containsKeys("sequence", "visibility-map", "free-space-map");
  }

  private static void checkPages(
      String path, String kind, Map<String, Integer> kinds, List<String> wrong) throws IOException {
    List<byte[]> pages = pages(path);
    for (int block = 0; block < pages.size(); block++) {
      PageText text = PageText.of(pages.get(block), block);
      kinds.merge(text.kind().title(), 1, Integer::sum);
      // A map may have nothing on it, or nothing but where a free space map has its next slot.
      boolean isEmptyMap = kind.endsWith("-map") && isZeroFrom(pages.get(block), 28);
      boolean isNew = text.kind() == PageKind.NEW;
      if (!text.kind().title().equals(kind) && !isEmptyMap && !isNew) {
        wrong.add(path + " block " + block + " is " + text.kind() + ", not " + kind);
      }
      if (!text.problems().isEmpty()) {
        wrong.add(path + " block " + block + ": " + text.problems());
      }
    }
  }

  private static boolean isZeroFrom(byte[] page, int from) {
    for (int i = from; i < page.length; i++) {
      if (page[i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Test
  void itemsAndFieldsEqualThoseOfPageinspect() throws Exception {
    StringBuilder rows = new StringBuilder();
    List<String> wanted = List.of("facts", "big", "facts_id_seq");
    // Hints that other tests' queries set are in memory only.
    cluster.sql("checkpoint");
    for (RelationFile file : files) {
      if (file.name.startsWith("facts_") || wanted.contains(file.name)) {
        List<byte[]> pages = pages(file.path);
        for (int block = 0; block < pages.size(); block++) {
          String json = PageText.of(pages.get(block), block).json();
          rows.append(
              "insert into ours values ('%s', %d, '%s');\n".formatted(file.name, block, json));
        }
      }
    }
    cluster.sql("begin; truncate ours;\n" + rows + "commit; analyze ours;");

    String differences = cluster.sql(resource("compare.sql"));

    assertThat(differences.lines().limit(30).toList()).isEmpty();
  }

  @Test
  void spgistPagesHaveEveryRowOnce() throws Exception {
    String rows = cluster.sql("select count(*) from facts");

    for (RelationFile file : files) {
      if (file.name.equals("facts_spgist") || file.name.equals("facts_spgist_t")) {
        long found = 0;
        List<byte[]> pages = pages(file.path);
        for (int block = 0; block < pages.size(); block++) {
          found +=
              PageText.of(pages.get(block), block).lines().stream()
                  .filter(line -> line.contains("tuple=live") && line.contains("heap_tid="))
                  .count();
        }
        assertThat(found).as(file.name).isEqualTo(Long.parseLong(rows));
      }
    }
  }

  @Test
  void visibilityMapHasTheBitsTheServerCounts() throws Exception {
    String summary = cluster.sql("select * from pg_visibility_map_summary('big')");
    String path = cluster.sql("select pg_relation_filepath('big')") + "_vm";

    List<String> lines = PageText.of(pages(path).getFirst(), 0).lines();

    assertThat(lines).contains("  all_visible: " + summary.split("\\|", -1)[0]);
    assertThat(lines).contains("  all_frozen: " + summary.split("\\|", -1)[1]);
  }

  /// Whatever the bytes are, and whatever kind they are taken for.
  @Test
  void brokenPagesHaveATextToo() throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20260101);
    List<byte[]> pages = new ArrayList<>();
    for (RelationFile file : files) {
      pages(file.path).stream().limit(file.name.startsWith("facts") ? 20 : 1).forEach(pages::add);
    }
    List<PageKind> kinds = List.of(PageKind.values());
    int refused = 0;
    for (int i = 0; i < 600; i++) {
      byte[] page = pages.get(random.nextInt(pages.size())).clone();
      if (i % 10 == 0) {
        random.nextBytes(page);
      }
      for (int change = random.nextInt(1, 40); change > 0; change--) {
        int area = random.nextBoolean() ? Page.SIZE : 200;
        int at = random.nextInt(area);
        page[random.nextInt(8) == 0 ? Page.SIZE - 1 - at % 16 : at] = (byte) random.nextInt();
      }
      PageKind kind = kinds.get(random.nextInt(kinds.size()));
      PageText forced = PageText.of(page, random.nextInt(), kind);
      PageText own = PageText.of(page, i);

      refused += own.problems().isEmpty() ? 0 : 1;
      assertThat(own.lines()).isNotEmpty();
      assertThat(forced.json()).startsWith("{").endsWith("}");
      assertThat(PageText.sideBySide(own, forced, List.of("one", "other"), true)).isNotEmpty();
    }
    assertThat(refused).isGreaterThan(200);
  }

  private static List<byte[]> pages(String path) throws IOException {
    if (!java.nio.file.Files.exists(cluster.data().resolve(path))) {
      return List.of();
    }
    byte[] file = cluster.file(path);
    List<byte[]> pages = new ArrayList<>();
    for (int at = 0; at < file.length; at += Page.SIZE) {
      pages.add(Arrays.copyOfRange(file, at, at + Page.SIZE));
    }
    return pages;
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = ShowAgainstServerTest.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
