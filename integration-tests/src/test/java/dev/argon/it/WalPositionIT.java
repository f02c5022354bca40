package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A compute dies when the WAL ends at an awkward place: its successor's first record then begins
/// just there, across a page's or a segment's end, or behind a switch to the next segment (§15).
class WalPositionIT {

  private static final long PAGE = 8192;
  private static final long SEGMENT = 16L << 20;

  /// What stands before the first record of a segment.
  private static final long LONG_HEADER = 40;

  /// Bytes of a logical message's record besides its text, when it is shorter than a page: record
  /// header 24, data header 5, fixed part 24, prefix 2.
  private static final int MESSAGE_OVERHEAD = 55;

  private static Stack stack;
  private static ConnectionSource source;
  private static int rows;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("position");
    stack.up();
    stack.set("max_prepared_transactions=5");
    source = stack.source();
    source.execute(
        "create table positions (id int primary key, lsn pg_lsn)",
        "create table prepared (id int primary key)",
        "create extension pg_walinspect");
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  /// §15.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void computeStartsWhereverTheWalEnds() throws SQLException {
    // bytes that are left of the page, and whether the page is the last of its segment
    for (long left : List.of(0L, 8L, 24L, 104L, 120L)) {
      restartAt(PAGE, left);
    }
    for (long left : List.of(0L, 8L, 112L)) {
      restartAt(SEGMENT, left);
    }
    Amcheck.verify(source);
  }

  /// §15.
  @Test
  void computeStartsAfterASwitchToTheNextSegment() throws SQLException {
    insertRow();
    source.execute("select pg_switch_wal()");
    killCompute();
    assertRows();

    source.execute("select pg_switch_wal()");
    stack.downAndNothingIsLeft();
    stack.up();
    assertRows();
    insertRow();
    assertRows();
  }

  /// §15.
  @Test
  void repeatedStartsWithoutWritesAddHardlyAnyWal() throws SQLException {
    insertRow();
    stack.downAndNothingIsLeft();
    stack.up();
    String before = source.string("select pg_current_wal_insert_lsn()");
    for (int i = 0; i < 3; i++) {
      killCompute();
    }
    long bytes = source.number("select pg_current_wal_insert_lsn() - '" + before + "'::pg_lsn");

    assertThat(bytes).isLessThan(20_000);
    assertRows();
  }

  /// `test_twophase_at_wal_segment_start`: the segment has the record first, and the next one the
  /// record that the successor boots from. §15.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void transactionPreparedAtASegmentsFirstBytesCanBeCommitted() throws SQLException {
    int id = prepareAtTheFirstBytesOfASegment();
    source.execute("select pg_switch_wal()");
    assertThat(source.strings("select id from prepared")).isEmpty();

    stack.killAllAndDeleteCaches(new Random(TestForm.seed("WalPositionIT")));
    stack.up();

    assertThat(source.strings("select gid from pg_prepared_xacts")).containsExactly("first");
    assertThatThrownBy(() ->
            source.execute(
                "set lock_timeout = '300ms'", "insert into prepared values (" + id + ")"))
        .hasMessageContaining("lock timeout");
    source.execute("commit prepared 'first'");
    assertThat(source.number("select id from prepared")).isEqualTo(id);
    stack.killAllAndDeleteCaches(new Random(2));
    stack.up();
    assertThat(source.strings("select gid from pg_prepared_xacts")).isEmpty();
    assertThat(source.number("select id from prepared")).isEqualTo(id);
    Amcheck.verify(source);
  }

  /// Other processes write WAL as well, so this may need a few attempts.
  ///
  /// @return the row that the transaction `first` has inserted
  private static int prepareAtTheFirstBytesOfASegment() throws SQLException {
    for (int attempt = 1; attempt <= 30; attempt++) {
      try (Connection connection = source.open();
          Statement statement = connection.createStatement()) {
        statement.execute("begin");
        statement.execute("insert into prepared values (" + attempt + ")");
        source.execute("select pg_switch_wal()");
        statement.execute("prepare transaction 'first'");
      }
      long segment =
          source.number("select div(pg_current_wal_insert_lsn() - '0/0', " + SEGMENT + ")");
      String found =
          source.string(
              "select record_type || ' ' || (start_lsn - '0/0') from pg_get_wal_record_info('0/0'"
                  + "::pg_lsn + "
                  + segment * SEGMENT
                  + ")");
      if (found.equals("PREPARE " + (segment * SEGMENT + LONG_HEADER))) {
        return attempt;
      }
      System.out.println("WalPositionIT: a segment begins with " + found);
      source.execute("rollback prepared 'first'");
    }
    throw new AssertionError("other records always came first");
  }

  private static void restartAt(long unit, long left) throws SQLException {
    insertRow();
    String reached;
    try (Connection connection = source.open()) {
      reached = advance(connection, unit, left);
    }
    killCompute();
    System.out.printf(
        "WalPositionIT: WAL ended at %s, %d bytes before a multiple of %d were wanted%n",
        reached, left, unit);
    assertRows();
    insertRow();
    assertRows();
  }

  /// Emits messages until the next record would begin `left` bytes before a multiple of `unit`.
  /// Other processes write WAL as well, so this may need a few attempts.
  private static String advance(Connection connection, long unit, long left) throws SQLException {
    for (int attempt = 0; attempt < 30; attempt++) {
      long now = position(connection);
      long missing = Math.floorMod(-now - left, unit);
      if (missing == 0 || (left == 0 && now % unit <= 40)) {
        break;
      }
      long text;
      if (missing > 3 * PAGE) {
        text = missing - 2 * PAGE - missing / PAGE * 24;
      } else if (missing > PAGE) {
        text = missing / 2;
      } else {
        text = Math.max(0, missing - MESSAGE_OVERHEAD);
      }
      ConnectionSource.strings(
          connection,
          "select pg_logical_emit_message(false, 'p', repeat('y', " + Math.max(text, 0) + "))");
    }
    String reached =
        ConnectionSource.strings(connection, "select pg_current_wal_insert_lsn()").getFirst();
    // the WAL writer flushes it within its delay; then it goes to the quorum
    Awaitility.await("WAL up to " + reached + " is with the quorum")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .until(() ->
            ConnectionSource.number(
                    connection,
                    "select count(*) from pg_stat_replication where flush_lsn >= '"
                        + reached
                        + "'::pg_lsn - 40")
                > 0);
    return reached;
  }

  private static long position(Connection connection) throws SQLException {
    return ConnectionSource.number(
        connection, "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
  }

  private static void insertRow() throws SQLException {
    rows++;
    source.execute("insert into positions values (" + rows + ", pg_current_wal_insert_lsn())");
  }

  private static void killCompute() {
    long postmaster = stack.postmasters().getFirst().pid();
    RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
    RunningProcess.awaitEnd(postmaster, Duration.ofSeconds(30));
    stack.up();
    stack.awaitServer(source);
  }

  private static void assertRows() throws SQLException {
    assertThat(source.string("select count(*) || ' ' || coalesce(max(id), 0) from positions"))
        .isEqualTo(rows + " " + rows);
  }
}
