package dev.argon.it.check;

import dev.argon.it.check.LedgerBook.Outcome;
import dev.argon.it.process.ConnectionSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/// Clients that write to a server without pause and keep outside what they were told, so that
/// [LedgerCheck] can say later whether anything acknowledged is missing or anything is there by
/// halves.
///
/// Each transaction puts a head, several lines, a changed balance and a row of a moving window
/// (whose oldest row it deletes) into four tables; some roll back, some roll back to a savepoint. A
/// client that loses its connection takes a new one and goes on with the next number.
public final class Ledger implements AutoCloseable {

  /// Rows of a client in `ledger_window`.
  static final int WINDOW = 50;

  private static final Duration STOP_LIMIT = Duration.ofSeconds(100);

  private final ConnectionSource source;
  private final long seed;
  private final long thinkNanosMax;
  private final List<LedgerBook> books;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;
  private volatile String lastError = "none";

  /// Every client's transactions below it were looked at.
  private long verifiedSeq;

  /// @param thinkMillisMax the longest pause of a client between two transactions
  public Ledger(ConnectionSource source, int clients, long seed, int thinkMillisMax) {
    this.source = source;
    this.seed = seed;
    this.thinkNanosMax = TimeUnit.MILLISECONDS.toNanos(thinkMillisMax) + 1;
    this.books = IntStream.range(0, clients).mapToObj(_ -> new LedgerBook()).toList();
  }

  public void createTables() throws SQLException {
    source.execute(
        "create table ledger_head (client int, seq bigint, lines int not null, total bigint not"
            + " null, primary key (client, seq))",
        "create table ledger_line (client int, seq bigint, line int, amount bigint not null,"
            + " payload text not null, primary key (client, seq, line))",
        "create index ledger_line_amount on ledger_line (amount)",
        "create table ledger_balance (client int primary key, transactions bigint not null,"
            + " total bigint not null, last_seq bigint not null) with (fillfactor = 50)",
        "create table ledger_window (client int, seq bigint, primary key (client, seq))",
        "create table ledger_barrier (number bigint)",
        "insert into ledger_balance select g, 0, 0, -1 from generate_series(0, "
            + (books.size() - 1)
            + ") g");
  }

  /// Begins, or goes on after [#stop].
  public void start() {
    stopping = false;
    for (int client = 0; client < books.size(); client++) {
      int number = client;
      threads.add(Thread.ofPlatform().name("ledger-" + client).start(() -> run(number)));
    }
  }

  /// Lets each client end its transaction and waits for that.
  ///
  /// @throws AssertionError if a client hangs
  public void stop() {
    stopping = true;
    for (Thread thread : threads) {
      try {
        if (!thread.join(STOP_LIMIT)) {
          throw new AssertionError(
              "%s still waits after %s; last error of any: %s"
                  .formatted(thread.getName(), STOP_LIMIT, lastError));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while the ledger stops", e);
      }
    }
    threads.clear();
  }

  /// Waits until every client had `count` more transactions acknowledged.
  public void awaitProgress(int count, Duration limit) {
    List<Long> before = acknowledgedByClient();
    Awaitility.await("progress of every client")
        .atMost(limit)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .conditionEvaluationListener(null)
        .until(() -> {
          List<Long> now = acknowledgedByClient();
          return IntStream.range(0, now.size()).allMatch(i -> now.get(i) >= before.get(i) + count);
        });
  }

  public long acknowledged() {
    return acknowledgedByClient().stream().mapToLong(Long::longValue).sum();
  }

  public List<Long> acknowledgedByClient() {
    return books.stream().map(book -> book.count(Outcome.ACKNOWLEDGED)).toList();
  }

  public long inDoubt() {
    return books.stream().mapToLong(book -> book.count(Outcome.IN_DOUBT)).sum();
  }

  /// What a client met last, for messages.
  public String lastError() {
    return lastError;
  }

  /// Compares the books with the database; the clients must be stopped.
  ///
  /// @throws AssertionError with every difference
  public LedgerSummary verify() throws SQLException {
    return verify(source);
  }

  /// As [#verify()], on another server that must hold the same.
  public LedgerSummary verify(ConnectionSource where) throws SQLException {
    return verify(where, 0);
  }

  /// As [#verify()], but of the transactions it looks at only those since the last check, and some
  /// before. Balances and numbers of transactions are compared as always.
  public LedgerSummary verifyNew() throws SQLException {
    return verify(source, Math.max(0, verifiedSeq - 2 * WINDOW));
  }

  private LedgerSummary verify(ConnectionSource where, long firstSeq) throws SQLException {
    long end = books.stream().mapToLong(LedgerBook::size).min().orElse(0);
    LedgerSummary summary = new LedgerCheck(seed, books, firstSeq).verify(where);
    verifiedSeq = end;
    return summary;
  }

  private void run(int client) {
    while (!stopping) {
      try (Connection connection = source.open();
          var session = new Session(connection)) {
        while (!stopping) {
          writeOne(client, session);
          LockSupport.parkNanos(
              java.util.concurrent.ThreadLocalRandom.current().nextLong(thinkNanosMax));
        }
      } catch (SQLException e) {
        lastError = e.getSQLState() + " " + e.getMessage();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100)); // before the next connection
      }
    }
  }

  private void writeOne(int client, Session session) throws SQLException {
    LedgerBook book = books.get(client);
    long seq = book.begin();
    LedgerEntry entry = LedgerEntry.of(seed, client, seq);
    session.write(entry);
    switch (entry.ends()) {
      case ROLLBACK -> session.connection.rollback();
      case COMMIT -> {
        // from here on the server may have it, whatever we hear
        book.record(seq, Outcome.IN_DOUBT);
        session.connection.commit();
        book.record(seq, Outcome.ACKNOWLEDGED);
      }
    }
  }

  @Override
  public void close() {
    stopping = true;
    threads.forEach(Thread::interrupt);
  }

  /// One connection with its prepared statements.
  private static final class Session implements AutoCloseable {

    private final Connection connection;
    private final PreparedStatement head;
    private final PreparedStatement lines;
    private final PreparedStatement balance;
    private final PreparedStatement window;
    private final PreparedStatement oldWindow;

    Session(Connection connection) throws SQLException {
      this.connection = connection;
      connection.setAutoCommit(false);
      head = connection.prepareStatement("insert into ledger_head values (?, ?, ?, ?)");
      lines =
          connection.prepareStatement(
              "insert into ledger_line select ?, ?, i, a, "
                  + LedgerCheck.payload("?::int", "?::bigint", "i::int")
                  + " from unnest(?::bigint[]) with ordinality as u (a, i)");
      balance =
          connection.prepareStatement(
              "update ledger_balance set transactions = transactions + 1, total = total + ?,"
                  + " last_seq = ? where client = ?");
      window = connection.prepareStatement("insert into ledger_window values (?, ?)");
      oldWindow =
          connection.prepareStatement("delete from ledger_window where client = ? and seq <= ?");
    }

    void write(LedgerEntry entry) throws SQLException {
      head.setInt(1, entry.client());
      head.setLong(2, entry.seq());
      head.setInt(3, entry.amounts().size());
      head.setLong(4, entry.total());
      head.executeUpdate();
      if (entry.strayLine()) {
        Savepoint savepoint = connection.setSavepoint();
        writeLines(entry, List.of(-1L, -2L));
        connection.rollback(savepoint);
      }
      writeLines(entry, entry.amounts());
      balance.setLong(1, entry.total());
      balance.setLong(2, entry.seq());
      balance.setInt(3, entry.client());
      balance.executeUpdate();
      window.setInt(1, entry.client());
      window.setLong(2, entry.seq());
      window.executeUpdate();
      oldWindow.setInt(1, entry.client());
      oldWindow.setLong(2, entry.seq() - WINDOW);
      oldWindow.executeUpdate();
    }

    private void writeLines(LedgerEntry entry, List<Long> amounts) throws SQLException {
      lines.setInt(1, entry.client());
      lines.setLong(2, entry.seq());
      lines.setInt(3, entry.client());
      lines.setLong(4, entry.seq());
      lines.setArray(5, connection.createArrayOf("bigint", amounts.toArray()));
      lines.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
      head.close();
      lines.close();
      balance.close();
      window.close();
      oldWindow.close();
    }
  }
}
