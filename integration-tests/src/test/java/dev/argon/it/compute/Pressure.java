package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// Makes pages leave between the steps of a test, and sees that they did: out of the buffer pool by
/// reading a table that is larger through it (by its index; a sequential scan of a large table
/// stays in a ring of a few buffers), and out of the relation files because the cache limit is 0.
final class Pressure implements AutoCloseable {

  /// For [Stack#set].
  static final List<String> SETTINGS =
      List.of(
          "shared_buffers=1MB",
          "neon.file_cache_size_limit=0",
          "autovacuum=off",
          "max_prepared_transactions=10");

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// Pages, somewhat more than there are buffers.
  private static final int PAGES = 200;

  /// A buffer is given away after at most five of the clock's rounds (`BM_MAX_USAGE_COUNT`).
  private static final int ROUNDS = 6;

  private static final String READ =
      "select sum(length(x)) from (select x from pressure order by i) q";

  private static final List<String> BY_INDEX =
      List.of("enable_seqscan", "enable_bitmapscan", "enable_sort");

  private final String http;
  private final ConnectionSource source;
  private Connection connection;

  private Pressure(String http, ConnectionSource source, Connection connection) {
    this.http = http;
    this.source = source;
    this.connection = connection;
  }

  /// On a server with these settings and more; makes what is needed in its database.
  static Pressure on(Stack stack, String... more) throws SQLException {
    List<String> settings = new ArrayList<>(SETTINGS);
    settings.addAll(Arrays.asList(more));
    stack.set(settings.toArray(String[]::new));
    ConnectionSource source = stack.source();
    source.execute(
        "create extension if not exists neon",
        "create extension if not exists pg_buffercache",
        "create extension if not exists pg_visibility",
        "create table pressure (i int primary key, x text)",
        "alter table pressure alter x set storage plain",
        "insert into pressure select i, repeat('p', 7900) from generate_series(1, "
            + PAGES
            + ") i");
    return new Pressure(stack.computeHttp(), source, source.open());
  }

  /// After the server was started again.
  void reconnect() throws SQLException {
    connection.abort(Runnable::run);
    connection = source.open();
  }

  /// Every page of these relations leaves the buffer pool and the files, visibility maps included
  /// (pages of free space maps that say nothing yet are not logged, and stay); they must be there
  /// for other sessions. Whoever reads them next gets them from the pageserver.
  void evict(String... relations) throws SQLException {
    push(relations);
    String nodes = nodes(relations);
    Awaitility.await("the files hold nothing of " + List.of(relations))
        .atMost(LIMIT)
        .pollDelay(Duration.ZERO)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .untilAsserted(() -> {
          moveHorizons();
          assertThat(resident(nodes)).as("node/fork/block").isEmpty();
        });
  }

  /// Every page of these relations that nobody has pinned leaves the buffer pool, and the evictor
  /// has gone over the files since: what is there still, must stay.
  ///
  /// @return how many pages those are
  long push(String... relations) throws SQLException {
    String nodes = nodes(relations);
    String buffered =
        "select count(*) from pg_buffercache where pinning_backends = 0 and relfilenode in ("
            + nodes
            + ") and reldatabase = (select oid from pg_database where datname ="
            + " current_database())";
    readByIndex();
    Awaitility.await("the buffer pool holds nothing of " + List.of(relations))
        .atMost(LIMIT)
        .pollDelay(Duration.ZERO)
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .untilAsserted(() -> {
          assertThat(ConnectionSource.number(connection, READ)).isEqualTo(PAGES * 7900L);
          assertThat(ConnectionSource.number(connection, buffered)).isZero();
        });
    awaitSweep();
    return resident(nodes).size();
  }

  /// Whatever was in the buffer pool is there no more, and the evictor has gone over the files.
  void press() throws SQLException {
    readByIndex();
    for (int i = 0; i < ROUNDS; i++) {
      ConnectionSource.strings(connection, READ);
    }
    awaitSweep();
  }

  /// More is read once than there are buffers.
  void read() throws SQLException {
    readByIndex();
    ConnectionSource.strings(connection, READ);
  }

  private void readByIndex() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String way : BY_INDEX) {
        statement.execute("set " + way + " = off");
      }
    }
  }

  /// The worker publishes horizons ten times a second, the evictor looks twenty times.
  private void awaitSweep() {
    long before = count("evictor_rounds");
    Awaitility.await("the evictor has gone over the files")
        .atMost(LIMIT)
        .pollDelay(Duration.ZERO)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .untilAsserted(() -> {
          moveHorizons();
          assertThat(count("evictor_rounds")).isGreaterThanOrEqualTo(before + 6);
        });
  }

  /// They are positions in WAL, so they stand while nobody writes any.
  private void moveHorizons() throws SQLException {
    ConnectionSource.strings(connection, "select pg_logical_emit_message(false, 'move', '')");
  }

  /// One of the compute's counters of pages.
  long count(String counter) {
    Double value = Stack.metrics(http).get("compute_pages{counter=\"" + counter + "\"}");
    if (value == null) {
      throw new AssertionError("no counter " + counter);
    }
    return value.longValue();
  }

  /// No page read as zeros that should not have, and in compare mode none differed.
  void nothingWentWrong() {
    assertThat(count("zero_page_errors")).as("zero_page_errors").isZero();
    assertThat(count("compare_differences")).as("compare_differences").isZero();
  }

  private List<String> resident(String nodes) throws SQLException {
    return ConnectionSource.strings(
        connection,
        "select relfilenode || '/' || relforknumber || '/' || relblocknumber from local_cache"
            + " where relforknumber <> 1 and relfilenode in ("
            + nodes
            + ")");
  }

  private String nodes(String... relations) throws SQLException {
    List<String> nodes = new ArrayList<>();
    for (String relation : relations) {
      nodes.addAll(
          ConnectionSource.strings(
              connection, "select pg_relation_filenode('" + relation + "'::regclass)"));
    }
    return String.join(", ", nodes);
  }

  /// Two answers that must be the same: by this index, and by reading the whole table.
  void sameByIndex(String index, String query) throws SQLException {
    Answers answers = answers(index, query);
    assertThat(answers.byIndex).as(query).isEqualTo(answers.byTable);
    assertThat(answers.byIndex).as(query).isNotEmpty();
  }

  /// What a query finds.
  record Answers(List<String> byIndex, List<String> byTable) {}

  /// Asks twice: by this index, and by reading the whole table.
  ///
  /// @param settings to be set, `name = value`
  Answers answers(String index, String query, String... settings) throws SQLException {
    try (Connection session = source.open();
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      // the table's other indexes are not for this transaction
      statement.execute(
          "update pg_index set indisvalid = (indexrelid = '%s'::regclass) where indrelid ="
                  .formatted(index)
              + " (select indrelid from pg_index where indexrelid = '%s'::regclass)"
                  .formatted(index));
      for (String setting : settings) {
        statement.execute("set " + setting);
      }
      statement.execute("set enable_seqscan = off");
      assertThat(String.join("\n", ConnectionSource.strings(session, "explain " + query)))
          .contains(index);
      List<String> byIndex = ConnectionSource.strings(session, query);
      statement.execute(
          "set enable_seqscan = on; set enable_indexscan = off; set enable_bitmapscan = off;"
              + " set enable_indexonlyscan = off");
      List<String> byTable = ConnectionSource.strings(session, query);
      session.rollback();
      return new Answers(byIndex, byTable);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      System.out.println("Pressure: " + e.getMessage());
    }
  }
}
