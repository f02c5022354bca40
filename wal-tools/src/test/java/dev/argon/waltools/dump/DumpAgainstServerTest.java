package dev.argon.waltools.dump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.server.StockCluster;
import dev.argon.redo.load.MixedLoad;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// The log of a real server under a mixed load, printed by `wal dump` and by the installed
/// `pg_waldump`: line by line the same.
class DumpAgainstServerTest {

  private static final String PG_WALDUMP = "/usr/lib/postgresql/15/bin/pg_waldump";

  /// Where initdb's log begins.
  private static final String START = "0/1000000";

  private static StockCluster cluster;
  private static String end = "";

  @BeforeAll
  static void runServer() throws Exception {
    cluster = StockCluster.create("--data-checksums");
    cluster.start(
        "wal_level=logical",
        "track_commit_timestamp=on",
        "max_prepared_transactions=5",
        "max_replication_slots=4",
        "wal_compression=pglz",
        "wal_consistency_checking=hash,gin,gist,spgist,brin,sequence,generic",
        "wal_keep_size=20GB",
        "max_wal_size=20GB");
    MixedLoad.run(cluster);
    cluster.sql(resource("rare.sql"));
    cluster.stop();
    cluster.start(
        "full_page_writes=off",
        "max_prepared_transactions=5",
        "wal_keep_size=20GB",
        "wal_compression=lz4");
    cluster.sql("create table later as select generate_series(1, 100) i; select pg_switch_wal();");
    cluster.stop();
    Matcher checkpoint =
        Pattern.compile("Latest checkpoint location: +([0-9A-F/]+)")
            .matcher(cluster.program("pg_controldata", cluster.data().toString()));
    assertThat(checkpoint.find()).isTrue();
    end = checkpoint.group(1);
  }

  @AfterAll
  static void removeServer() throws Exception {
    cluster.close();
  }

  @Test
  void textOfEveryRecordEqualsThatOfPgWaldump() throws Exception {
    long lines = compare(List.of());

    assertThat(lines).isGreaterThan(200_000);
  }

  @Test
  void blockDetailsEqualThoseOfPgWaldump() throws Exception {
    compare(List.of("--rmgr=gin", "--bkp-details"));
    compare(List.of("--rmgr=xlog", "--bkp-details"));
  }

  @Test
  void statisticsEqualThoseOfPgWaldump() throws Exception {
    assertThat(compare(List.of("--stats"))).isGreaterThan(22);
    assertThat(compare(List.of("--stats=record"))).isGreaterThan(80);
    compare(List.of("--stats", "--rmgr=heap", "--fullpage"));
  }

  @Test
  void filtersSelectWhatThoseOfPgWaldumpSelect() throws Exception {
    String heapLine = line(List.of("--rmgr=Heap2", "--fork=vm", "--limit=1"));
    String relation = group(heapLine, "rel (\\d+/\\d+/\\d+) fork vm");
    String transaction = group(line(List.of("--rmgr=Gist", "--limit=1")), "tx: +(\\d+),");

    assertThat(compare(List.of("--fullpage", "--limit=1000"))).isEqualTo(1000);
    assertThat(compare(List.of("--relation=" + relation))).isPositive();
    assertThat(compare(List.of("--relation=" + relation, "--fork=vm"))).isPositive();
    assertThat(compare(List.of("--relation=" + relation, "--block=0", "--fork=vm"))).isPositive();
    assertThat(compare(List.of("--fork=init"))).isPositive();
    assertThat(compare(List.of("--xid=" + transaction))).isPositive();
    assertThat(compare(List.of("--rmgr=TRANSACTION", "--limit=7"))).isEqualTo(7);
  }

  @Test
  void startWithinARecordIsAnnounced() throws Exception {
    String third = group(line(List.of("--limit=1", "--rmgr=Btree")), "lsn: ([0-9A-F/]+)");
    String within = Long.toHexString(Long.parseLong(third.substring(2), 16) + 9);
    Path wal = cluster.data().resolve("pg_wal");

    ExpectedLines expected =
        new ExpectedLines(List.of(PG_WALDUMP, "-p", wal.toString(), "-s", "0/" + within, "-n5"));
    run(() -> expected, wal.toString(), "--start=0/" + within, "--limit=5");

    assertThat(expected.differences).isEmpty();
    assertThat(expected.lines).isEqualTo(6);
  }

  @Test
  void oneFileIsReadToItsEnd() throws Exception {
    Path file = cluster.data().resolve("pg_wal/000000010000000000000003");

    ExpectedLines expected = new ExpectedLines(List.of(PG_WALDUMP, file.toString()));
    run(() -> expected, file.toString());

    assertThat(expected.differences).isEmpty();
    assertThat(expected.lines).isGreaterThan(1000);
  }

  @Test
  void jsonHasOneObjectPerRecord() throws Exception {
    StringWriter json = new StringWriter();
    run(
        () -> json,
        cluster.data().toString(),
        "--json",
        "--rmgr=LogicalMessage",
        "--rmgr=Sequence",
        "--limit=100");

    List<String> lines = json.toString().lines().toList();

    assertThat(lines).hasSizeGreaterThan(2).allMatch(l -> l.startsWith("{") && l.endsWith("}"));
    assertThat(json.toString())
        .contains("\"description\":\"transactional, prefix \\\"a prefix\\\"; payload (8 bytes): ")
        .contains("\"image\":{\"apply\":false,");
  }

  /// Both over the whole log with the same options.
  private static long compare(List<String> options) throws Exception {
    List<String> theirs = new ArrayList<>(List.of(PG_WALDUMP));
    theirs.addAll(List.of("-p", cluster.data() + "/pg_wal", "-s", START, "-e", end));
    theirs.addAll(options);
    List<String> ours = new ArrayList<>(List.of(cluster.data().toString(), "--start=" + START));
    ours.add("--end=" + end);
    ours.addAll(options);
    ExpectedLines expected = new ExpectedLines(theirs);
    run(() -> expected, ours.toArray(String[]::new));
    assertThat(expected.differences).as(options.toString()).isEmpty();
    return expected.lines;
  }

  private static String line(List<String> options) {
    StringWriter text = new StringWriter();
    List<String> all = new ArrayList<>(List.of(cluster.data().toString()));
    all.addAll(options);
    run(() -> text, all.toArray(String[]::new));
    return text.toString();
  }

  private static void run(java.util.function.Supplier<Writer> target, String... arguments) {
    CommandLine command = new CommandLine(new DumpCommand(target));
    command.setExecutionExceptionHandler((e, _, _) -> {
      throw e;
    });
    assertThat(command.execute(arguments)).isZero();
  }

  private static String group(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(1);
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = DumpAgainstServerTest.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
