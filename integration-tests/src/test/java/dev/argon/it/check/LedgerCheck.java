package dev.argon.it.check;

import com.google.errorprone.annotations.FormatMethod;
import dev.argon.it.check.LedgerBook.Outcome;
import dev.argon.it.process.ConnectionSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Compares what the clients of a [Ledger] were told with what the database holds.
///
/// Before it looks it commits a row of its own: when that is acknowledged, all that can be seen is
/// as durable as it will ever be, so a transaction in doubt that is found now must stay.
final class LedgerCheck {

  private static final int DIFFERENCES_MAX = 20;

  private final long seed;
  private final List<LedgerBook> books;
  private final long firstSeq;
  private final List<String> differences = new ArrayList<>();

  /// @param firstSeq transactions before it are not looked at one by one
  LedgerCheck(long seed, List<LedgerBook> books, long firstSeq) {
    this.seed = seed;
    this.books = books;
    this.firstSeq = firstSeq;
  }

  /// The text of a line, as SQL: 4 to 7 times 32 characters.
  static String payload(String client, String seq, String line) {
    return "repeat(md5((%s) || '/' || (%s) || '/' || (%s)), 4 + (%s) %% 4)"
        .formatted(client, seq, line, line);
  }

  LedgerSummary verify(ConnectionSource source) throws SQLException {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute("insert into ledger_barrier values (1)");
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      statement.setFetchSize(10_000);
      Map<Integer, Set<Long>> present = readEntries(statement);
      long found = 0;
      long notFound = 0;
      long acknowledged = 0;
      for (int client = 0; client < books.size(); client++) {
        LedgerBook book = books.get(client);
        Set<Long> there = present.getOrDefault(client, Set.of());
        for (long seq = firstSeq; seq < book.size(); seq++) {
          boolean is = there.contains(seq);
          switch (book.outcome(seq)) {
            case ACKNOWLEDGED, FOUND -> {
              if (!is) {
                differ("client %d transaction %d was acknowledged and is lost", client, seq);
              }
              acknowledged++;
            }
            case NOT_COMMITTED, NOT_FOUND -> {
              if (is) {
                differ("client %d transaction %d was not committed and is there", client, seq);
              }
            }
            case IN_DOUBT -> {
              book.record(seq, is ? Outcome.FOUND : Outcome.NOT_FOUND);
              found += is ? 1 : 0;
              notFound += is ? 0 : 1;
            }
          }
        }
      }
      compareBalances(statement);
      compareWindows(statement, present);
      connection.rollback();
      if (!differences.isEmpty()) {
        throw new AssertionError(
            "the ledger differs in %d places:%n%s"
                .formatted(
                    differences.size(),
                    String.join("\n", differences.stream().limit(DIFFERENCES_MAX).toList())));
      }
      return new LedgerSummary(acknowledged, found, notFound);
    }
  }

  /// Every transaction that left anything in head or lines; one that is not whole is a difference.
  private Map<Integer, Set<Long>> readEntries(Statement statement) throws SQLException {
    Map<Integer, Set<Long>> present = new HashMap<>();
    try (ResultSet rows =
        statement.executeQuery(
            """
            select client, seq, h.lines, h.total, coalesce(l.lines, 0), coalesce(l.total, 0),
                coalesce(l.spoilt, 0)
            from (select * from ledger_head where seq >= %d) h
            full join (select client, seq, count(*) as lines, sum(amount) as total,
                  count(*) filter (where payload is distinct from %s) as spoilt
                from ledger_line where seq >= %d group by client, seq) l
              using (client, seq)
            """
                .formatted(firstSeq, payload("client", "seq", "line"), firstSeq))) {
      while (rows.next()) {
        int client = rows.getInt(1);
        long seq = rows.getLong(2);
        LedgerEntry entry = LedgerEntry.of(seed, client, seq);
        present.computeIfAbsent(client, _ -> new HashSet<>()).add(seq);
        String head = rows.getString(3) + " lines, total " + rows.getString(4);
        String lines = rows.getString(5) + " lines, total " + rows.getString(6);
        String expected = entry.amounts().size() + " lines, total " + entry.total();
        if (!head.equals(expected) || !lines.equals(expected) || rows.getLong(7) != 0) {
          differ(
              "client %d transaction %d (%s) is half there: written %s; head says %s; there are %s,"
                  + " %d of them spoilt",
              client,
              seq,
              client < books.size() ? books.get(client).outcome(seq) : "unknown client",
              expected,
              head,
              lines,
              rows.getLong(7));
        }
      }
    }
    return present;
  }

  private void compareBalances(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery(
            """
            select b.client, b.transactions, b.total, b.last_seq,
                count(h.seq), coalesce(sum(h.total), 0), coalesce(max(h.seq), -1)
            from ledger_balance b left join ledger_head h using (client)
            group by b.client
            """)) {
      int clients = 0;
      while (rows.next()) {
        clients++;
        for (int column = 2; column <= 4; column++) {
          if (rows.getLong(column) != rows.getLong(column + 3)) {
            differ(
                "client %d: the balance says %d transactions, %d in all, last %d; the heads %d, %d,"
                    + " %d",
                rows.getInt(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getLong(6),
                rows.getLong(7));
            break;
          }
        }
      }
      if (clients != books.size()) {
        differ("there are %d balances of %d clients", clients, books.size());
      }
    }
  }

  private void compareWindows(Statement statement, Map<Integer, Set<Long>> present)
      throws SQLException {
    Map<Integer, Set<Long>> windows = new HashMap<>();
    try (ResultSet rows = statement.executeQuery("select client, seq from ledger_window")) {
      while (rows.next()) {
        if (!windows.computeIfAbsent(rows.getInt(1), _ -> new HashSet<>()).add(rows.getLong(2))) {
          differ("client %d: %d is twice in the window", rows.getInt(1), rows.getLong(2));
        }
      }
    }
    present.forEach((client, seqs) -> {
      long last = seqs.stream().mapToLong(Long::longValue).max().orElse(-1);
      Set<Long> expected = new HashSet<>(seqs);
      expected.removeIf(seq -> seq <= last - Ledger.WINDOW);
      Set<Long> window = windows.getOrDefault(client, Set.of());
      if (!window.equals(expected)) {
        differ("client %d: the window holds %s and not %s", client, window, expected);
      }
    });
  }

  @FormatMethod
  private void differ(String format, Object... values) {
    differences.add(format.formatted(values));
  }
}
