package dev.argon.redo.load;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Makes a stock server write the records that PostgreSQL's own test suites and the mixed load do
/// not write: ends of SLRU pages and segments, a promotion, a record whose second half a crash
/// lost, changed settings, tablespaces, rewritten catalogs, tree pages used again. About 20
/// seconds.
public final class RareLoad {

  /// The first transaction: begins a page and a segment of the commit log, with a whole segment
  /// before it that can be truncated.
  private static final int FIRST_TRANSACTION = 3 * 1024 * 1024;

  /// The first multixact: begins a page and the second segment of offsets.
  private static final int FIRST_MULTIXACT = 32 * 2048;

  /// The first member: begins a page and the third segment (1636 members each, 32 pages).
  private static final int FIRST_MEMBER = 2 * 32 * 1636;

  private static final List<String> SETTINGS =
      List.of(
          "wal_level=logical",
          "wal_consistency_checking=all",
          "wal_keep_size=20GB",
          "wal_log_hints=on",
          "track_commit_timestamp=on",
          "max_prepared_transactions=5",
          "allow_in_place_tablespaces=on",
          "synchronous_commit=off",
          "autovacuum=off");

  private RareLoad() {}

  /// Runs everything; the cluster is stopped cleanly in the end and on timeline 2.
  ///
  /// @param cluster new, not started
  /// @param base where the base backup goes, taken before the load
  public static void run(StockCluster cluster, Path base) throws Exception {
    String data = cluster.data().toString();
    cluster.program("pg_resetwal", "-x", String.valueOf(FIRST_TRANSACTION), "-D", data);
    cluster.program(
        "pg_resetwal",
        "-m",
        FIRST_MULTIXACT + ",1",
        "-O",
        String.valueOf(FIRST_MEMBER),
        "-D",
        data);
    start(cluster);
    cluster.client("pg_basebackup", "-D", base.toString(), "-c", "fast", "-X", "none");
    cluster.sql(MixedLoad.script("rare.sql"));
    cluster.sql(MixedLoad.script("transactions.sql"));
    cluster.client("vacuumdb", "--all", "--freeze");
    cluster.sql("ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf(); CHECKPOINT");
    cluster.sql("ALTER SYSTEM RESET full_page_writes; SELECT pg_reload_conf(); CHECKPOINT");
    cluster.stop();
    // A server with other settings than the last time logs them.
    start(cluster, "max_connections=30");
    loseHalfOfARecord(cluster);
    start(cluster, "max_connections=30");
    cluster.sql("CREATE TABLE after_the_crash AS SELECT generate_series(1, 1000) AS id");
    cluster.stop();
    promote(cluster);
    cluster.sql("CREATE TABLE after_the_promotion AS SELECT generate_series(1, 1000) AS id");
    cluster.sql(
        "BEGIN; INSERT INTO after_the_promotion VALUES (0); PREPARE TRANSACTION 'left over'");
    cluster.stop();
  }

  private static void start(StockCluster cluster, String... more) throws Exception {
    List<String> settings = new ArrayList<>(SETTINGS);
    settings.addAll(List.of(more));
    cluster.start(settings.toArray(String[]::new));
  }

  /// A crash after which only the first page of a long record is on disk: the server that comes up
  /// goes on behind it and says so.
  private static void loseHalfOfARecord(StockCluster cluster)
      throws IOException, InterruptedException {
    cluster.sql("CHECKPOINT; SELECT pg_switch_wal()");
    String answer =
        cluster.sql(
            "SET synchronous_commit = on; SELECT pg_current_wal_insert_lsn();"
                + " SELECT pg_logical_emit_message(true, 'lost', repeat('x', 100000))");
    long begin = Lsn.parse(answer.lines().findFirst().orElseThrow()).value();
    cluster.stopImmediately();
    WalLayout layout = WalLayout.v15(0);
    String segment = "pg_wal/" + layout.segmentFileName(1, layout.segmentNumber(begin));
    byte[] bytes = cluster.file(segment);
    int kept = (layout.segmentOffset(begin) / 8192 + 2) * 8192;
    Arrays.fill(bytes, kept, bytes.length, (byte) 0);
    cluster.replaceFile(segment, bytes);
  }

  /// The stopped server comes up as a standby and is promoted: timeline 2.
  private static void promote(StockCluster cluster) throws Exception {
    cluster.replaceFile("standby.signal", new byte[0]);
    start(cluster, "max_connections=30");
    String promoted = cluster.sql("SELECT pg_promote()");
    if (!promoted.equals("t")) {
      throw new AssertionError("not promoted: " + cluster.log());
    }
  }

  /// A server with `wal_level = minimal` gives pages of a GiST index that it builds up in the
  /// transaction that created it a position in the log by a record of its own. It logs the whole
  /// index at commit.
  ///
  /// @param cluster new, not started
  public static void runMinimal(StockCluster cluster) throws Exception {
    cluster.start(
        "wal_level=minimal",
        "max_wal_senders=0",
        "wal_skip_threshold=1GB",
        "wal_consistency_checking=all",
        "wal_keep_size=20GB");
    cluster.sql(
        """
        BEGIN;
        CREATE TABLE places (p point);
        CREATE INDEX places_p ON places USING gist (p);
        INSERT INTO places SELECT point((g * 7919) % 1000, (g * 104729) % 1000) FROM generate_series(1, 3000) g;
        COMMIT;
        INSERT INTO places SELECT point(g, -g) FROM generate_series(1, 1000) g;
        """);
    cluster.stop();
  }
}
