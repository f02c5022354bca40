package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.check.Pgbench;
import dev.argon.it.process.StockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The checks themselves: each finds a fault that was planted in a stock cluster, and finds nothing
/// in a sound one. A check that cannot fail proves nothing.
class HarnessIT {

  private static final Duration PROGRESS = Duration.ofSeconds(30);

  private static StockServer server;

  @BeforeAll
  static void startServer() throws IOException {
    server = new StockServer();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void ledgerOfAStockServerSurvivesAKill() throws SQLException {
    try (Ledger ledger = freshLedger()) {
      ledger.start();
      ledger.awaitProgress(100, PROGRESS);
      server.kill();
      server.start();
      ledger.awaitProgress(20, PROGRESS);
      ledger.stop();

      var summary = ledger.verify();

      assertThat(summary.acknowledged()).isEqualTo(ledger.acknowledged()).isGreaterThan(400);
    }
  }

  @Test
  void ledgerSeesCommitsThatAsynchronousCommitLost() throws SQLException {
    server
        .source()
        .execute(
            "alter system set synchronous_commit = off",
            "alter system set wal_writer_delay = '10s'",
            // else it writes whenever a megabyte has gathered, and then may nothing be lost
            "alter system set wal_writer_flush_after = '1GB'",
            "select pg_reload_conf()");
    try (Ledger ledger = freshLedger()) {
      ledger.start();
      ledger.awaitProgress(60, PROGRESS);
      server.kill();
      server.start();
      ledger.stop();

      assertThatThrownBy(ledger::verify)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("was acknowledged and is lost");
    } finally {
      // the other tests' server keeps what it acknowledged
      server.source().execute("alter system reset all", "select pg_reload_conf()");
    }
  }

  @Test
  void ledgerSeesATransactionThatIsHalfThere() throws SQLException {
    try (Ledger ledger = writtenLedger()) {
      server.source().execute("delete from ledger_line where client = 1 and seq = 3 and line = 1");

      assertThatThrownBy(ledger::verify).hasMessageContaining("client 1 transaction 3");
    }
  }

  @Test
  void ledgerSeesARowThatWasNeverCommitted() throws SQLException {
    try (Ledger ledger = writtenLedger()) {
      server.source().execute("insert into ledger_head values (2, 1000000, 1, 1)");

      assertThatThrownBy(ledger::verify).hasMessageContaining("client 2 transaction 1000000");
    }
  }

  @Test
  void ledgerSeesAnOldVersionOfARow() throws SQLException {
    try (Ledger ledger = writtenLedger()) {
      server.source().execute("update ledger_balance set total = total - 1 where client = 0");

      assertThatThrownBy(ledger::verify).hasMessageContaining("client 0: the balance says");
    }
  }

  @Test
  void ledgerSeesSpoiltBytes() throws SQLException {
    try (Ledger ledger = writtenLedger()) {
      server
          .source()
          .execute("update ledger_line set payload = overlay(payload placing 'x' from 9 for 1)");

      assertThatThrownBy(ledger::verify).hasMessageContaining("of them spoilt");
    }
  }

  @Test
  void amcheckSeesAnIndexThatMissesRows() throws SQLException, IOException {
    server
        .source()
        .execute(
            "drop table if exists missed",
            "create table missed (id int primary key)",
            "insert into missed select generate_series(1, 100)",
            "checkpoint");
    Path index = server.file("missed_pkey");
    Path old = index.resolveSibling("old");
    Files.copy(index, old);
    server.source().execute("insert into missed values (101)");
    putBack(old, index);

    assertThatThrownBy(() -> Amcheck.verifyStructure(server.source()))
        .hasMessageContaining("lacks matching index tuple");
    server.source().execute("drop table missed");
    Amcheck.verify(server.source());
  }

  @Test
  void visibilityCheckSeesAMapThatIsTooOptimistic() throws SQLException, IOException {
    server
        .source()
        .execute(
            "drop table if exists seen",
            "create table seen (id int)",
            "insert into seen select generate_series(1, 100)",
            "vacuum (freeze) seen",
            "checkpoint");
    Path map = server.file("seen").resolveSibling(server.file("seen").getFileName() + "_vm");
    Path old = map.resolveSibling("old");
    Files.copy(map, old);
    server.source().execute("delete from seen where id = 50");
    putBack(old, map);

    assertThatThrownBy(() -> Amcheck.verifyVisibility(server.source()))
        .hasMessageContaining("pg_check_visible in postgres: seen at (0,50)")
        .hasMessageContaining("pg_check_frozen in postgres: seen at (0,50)");
    server.source().execute("drop table seen");
    Amcheck.verify(server.source());
  }

  @Test
  void balancesThatDoNotAgreeAreSeen() throws SQLException {
    Pgbench pgbench = new Pgbench(server.source());
    pgbench.initialize(1);
    Pgbench.Run run = pgbench.tpcb(4, 2);
    pgbench.verifyBalances(run.processed(), run.processed());

    server.source().execute("update pgbench_branches set bbalance = bbalance + 1 where bid = 1");

    assertThatThrownBy(() -> pgbench.verifyBalances(0, Long.MAX_VALUE))
        .hasMessageContaining("balances differ");
  }

  private static void putBack(Path old, Path file) throws IOException {
    server.stop();
    Files.move(old, file, StandardCopyOption.REPLACE_EXISTING);
    dev.argon.it.process.TestDirectory.giveToPostgres(file);
    server.start();
  }

  private static Ledger freshLedger() throws SQLException {
    server
        .source()
        .execute(
            "drop table if exists ledger_head, ledger_line, ledger_balance, ledger_window,"
                + " ledger_barrier");
    Ledger ledger = new Ledger(server.source(), 4, 42, 2);
    ledger.createTables();
    return ledger;
  }

  private static Ledger writtenLedger() throws SQLException {
    Ledger ledger = freshLedger();
    ledger.start();
    ledger.awaitProgress(20, PROGRESS);
    ledger.stop();
    ledger.verify();
    return ledger;
  }
}
