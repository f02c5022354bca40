package dev.argon.it.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.ComputeLog;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// PostgreSQL's own suites on an Argon endpoint end as on a stock server, with and without compare
/// mode, with much and with hardly any memory; in compare mode no page differs from the
/// pageserver's. Afterwards everything is killed, and what starts on an empty directory is the same
/// database. The suites come from Debian's archive.
class SuitesOnArgonIT {

  /// Only this one makes tablespaces, which a compute refuses: its directory is disposable.
  private static final String TABLESPACES = "tablespace";

  /// Tables are "large", and scanned from wherever another scan is, from a quarter of
  /// `shared_buffers` on: rows come in another order each time.
  private static final String SCANS_IN_ORDER = "synchronize_seqscans=off";

  /// A way to run the suites.
  ///
  /// @param compare `neon.debug_compare_local`
  /// @param tight with 1 MB of buffers and 2 MB of file cache
  record Form(String compare, boolean tight) {

    List<String> stockSettings() {
      return tight ? List.of("shared_buffers=1MB", SCANS_IN_ORDER) : List.of();
    }

    List<String> settings() {
      List<String> settings = new ArrayList<>(stockSettings());
      if (tight) {
        settings.add("neon.file_cache_size_limit=2MB");
      }
      settings.add("max_prepared_transactions=10");
      settings.add("neon.debug_compare_local=" + compare);
      return settings;
    }

    @Override
    public String toString() {
      return compare + (tight ? "-tight" : "");
    }

    boolean comparesAll() {
      return compare.equals("all");
    }
  }

  static Stream<Form> forms() {
    String pattern = System.getProperty("argon.suites", ".*");
    List<Form> all =
        TestForm.isLong()
            ? List.of(
                new Form("none", false),
                new Form("all", false),
                new Form("none", true),
                new Form("all", true))
            : List.of(new Form("all", true));
    List<Form> wanted = all.stream().filter(form -> form.toString().matches(pattern)).toList();
    assertThat(wanted).as("forms that match %s: %s", pattern, all).isNotEmpty();
    return wanted.stream();
  }

  /// DC-8, LS-4, §2, §5, §11, §31.
  @ParameterizedTest
  @MethodSource("forms")
  @Timeout(value = 5, unit = TimeUnit.HOURS)
  void suitesEndAsOnStockAndEverythingIsThereAfterwards(Form form)
      throws SQLException, IOException {
    requireSuites();
    Suites suites = TestForm.isLong() ? Suites.whole() : Suites.part("part_schedule");
    List<String> names = TestForm.isLong() ? List.of("regress", "isolation") : List.of("regress");
    Path directory = TestDirectory.create("suites");
    try (Stack stack = new Stack("suites")) {
      stack
          .command("up", "--port-base", Integer.toString(stack.portBase()), "--locale", "C")
          .run(Duration.ofMinutes(3))
          .ok();
      stack.set(form.settings().toArray(String[]::new));
      for (String suite : names) {
        Path stock = directory.resolve("stock-" + suite);
        Path argon = directory.resolve("argon-" + suite);
        Duration onStock =
            suites.onStock(suite, stock, form.stockSettings().toArray(String[]::new));
        Duration onArgon = suites.on(stack.source().uri(), suite, argon);
        System.out.printf(
            "SuitesOnArgonIT: %s, %s: %d s, stock %d s%n",
            suite, form, onArgon.toSeconds(), onStock.toSeconds());
        assertThat(Suites.differing(stock, argon)).isSubsetOf(TABLESPACES);
        if (!form.comparesAll()) {
          requestsThatWaitForWal(form, counters(stack));
        }
      }
      // The log goes with the stack.
      ComputeLog.of(stack, "main")
          .lines("differs from the pageserver's")
          .forEach(System.out::println);
      checkCounters(form, counters(stack));
      checkAfterLosingEverything(stack);
    } finally {
      TestDirectory.delete(directory);
    }
  }

  /// Where there is no way to Debian's archive the normal form is reported as skipped.
  private static void requireSuites() {
    Command.Result fetched = Suites.fetch();
    assumeTrue(TestForm.isLong() || fetched.exitCode() == 0, fetched::err);
    fetched.ok();
  }

  private static Map<String, Long> counters(Stack stack) {
    Map<String, Long> counters = new TreeMap<>();
    stack
        .computeMetrics()
        .forEach((name, value) -> {
          if (name.startsWith("compute_pages{counter=\"")) {
            counters.put(name.substring(23, name.length() - 2), value.longValue());
          }
        });
    return counters;
  }

  /// Compare mode asks for pages that have just been written, and so does who has no room for them.
  private static void requestsThatWaitForWal(Form form, Map<String, Long> counters) {
    long requested = counters.getOrDefault("getpage_requested_blocks", 0L);
    long waited = counters.getOrDefault("getpage_waited_for_wal", 0L);
    System.out.printf("SuitesOnArgonIT: %d of %d requests waited for WAL%n", waited, requested);
    assertThat(requested).isPositive();
    if (!form.tight()) {
      assertThat(waited * 100).as("requests that waited for WAL").isLessThan(requested);
    }
  }

  private static void checkCounters(Form form, Map<String, Long> counters) {
    System.out.printf("SuitesOnArgonIT: %s: %s%n", form, counters);
    assertThat(counters).containsEntry("zero_page_errors", 0L);
    assertThat(counters).containsEntry("compare_differences", 0L);
    if (!form.comparesAll()) {
      return;
    }
    floors(TestForm.isLong(), form.tight())
        .forEach((subject, floor) ->
            assertThat(counters.getOrDefault("compared_" + subject, 0L))
                .as("compared pages: %s", subject)
                .isGreaterThanOrEqualTo(floor));
  }

  /// How many pages of each kind are compared at least; well below what was seen.
  private static Map<String, Integer> floors(boolean whole, boolean tight) {
    if (!whole) {
      return Map.ofEntries(
          Map.entry("heap", 30_000),
          Map.entry("btree", 6_000),
          Map.entry("hash", 900),
          Map.entry("gin", 700),
          Map.entry("gist", 300),
          Map.entry("spgist", 1_500),
          Map.entry("brin", 300),
          Map.entry("sequence", 5),
          Map.entry("visibility_map", 50));
    }
    // With buffers and files that hold everything hardly a page has to come back, and at times none
    // of other indexes.
    return tight
        ? Map.ofEntries(
            Map.entry("heap", 200_000),
            Map.entry("btree", 40_000),
            Map.entry("hash", 1_000),
            Map.entry("gin", 800),
            Map.entry("gist", 700),
            Map.entry("spgist", 2_500),
            Map.entry("brin", 500),
            Map.entry("sequence", 40),
            Map.entry("visibility_map", 300))
        : Map.of("heap", 400, "btree", 1_500, "visibility_map", 10);
  }

  private static void checkAfterLosingEverything(Stack stack) throws SQLException {
    ConnectionSource source = stack.source();
    // Also makes the extensions that the rest needs, so that both dumps have them.
    Amcheck.verify(source);
    Dump before = Dump.of(source);
    try (HeldMaps here = HeldMaps.take(source)) {
      stack.killAllAndDeleteCaches(new Random(5));
      stack.up();
      // The maps that were in buffers and files, and those that come from the pageserver.
      try (HeldMaps there = HeldMaps.take(source)) {
        assertThat(there.maps()).isEqualTo(here.maps());
        assertThat(here.bits()).isGreaterThan(100);
      }
    }

    Dump after = Dump.of(source);
    assertThat(after.lines()).isEqualTo(before.lines());
    assertThat(after.sequences().keySet()).isEqualTo(before.sequences().keySet());
    before
        .sequences()
        .forEach((name, value) ->
            assertThat(after.sequences().get(name))
                .as("%s, which was at %s", name, value)
                .matches(now -> now.canFollow(value)));
    Amcheck.verifyAlone(source);
  }
}
