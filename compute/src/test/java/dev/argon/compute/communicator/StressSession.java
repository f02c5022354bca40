package dev.argon.compute.communicator;

import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One session of the stress: it alone changes its table and knows what every row must be. A row
/// has a counter, so an old page shows as an old counter, a lost one as a missing row.
///
/// For one thread, but for [#cancel].
final class StressSession {

  private static final int ROWS_MAX = 700;
  private static final int ROWS_VERIFIED = 40;
  private static final String PAD = "repeat('p', 700)";

  /// Something is not as it must be.
  static final class FoundException extends Exception {

    private static final long serialVersionUID = 1;

    FoundException(String message) {
      super(message);
    }
  }

  private final ShimServer server;
  private final int number;
  private final int sessions;
  private final Random random;
  private final TreeMap<Integer, Integer> rows = new TreeMap<>();
  private volatile @Nullable PgClient client;
  private int statements;
  private int failures;

  StressSession(ShimServer server, int number, int sessions, long seed) {
    this.server = server;
    this.number = number;
    this.sessions = sessions;
    random = new Random(seed);
  }

  /// Statements that went through.
  int statements() {
    return statements;
  }

  /// Statements that were refused a page or were cancelled, and changed nothing.
  int failures() {
    return failures;
  }

  private String table() {
    return "stress_" + number;
  }

  static String tableOf(int number) {
    return "create table stress_%d (id int primary key, v int, w int, pad text)".formatted(number)
        + "; alter table stress_%d alter pad set storage plain".formatted(number);
  }

  /// Cancels what the session is doing.
  void cancel() {
    PgClient now = client;
    if (now != null) {
      try {
        now.cancel();
      } catch (IOException | PgErrorException e) {
        System.getLogger(StressSession.class.getName())
            .log(System.Logger.Level.DEBUG, "too late", e);
      }
    }
  }

  /// One random step.
  void step() throws FoundException, IOException {
    switch ((Integer) random.nextInt(100)) {
      case Integer n when n < 25 -> readOne();
      case Integer n when n < 50 -> updateOne();
      case Integer n when n < 60 -> readAll();
      case Integer n when n < 72 -> insert();
      case Integer n when n < 80 -> updateMany();
      case Integer n when n < 86 -> deleteTail();
      case Integer n when n < 88 -> truncate();
      default -> readAnothers();
    }
  }

  /// Everything is as it must be.
  void verify() throws FoundException, IOException {
    readAll();
    for (int i = 0; i < ROWS_VERIFIED; i++) {
      readOne();
    }
  }

  private void readOne() throws FoundException, IOException {
    if (!rows.isEmpty()) {
      int id = anId();
      expectOne(id, rows.getOrDefault(id, -1));
    }
  }

  private int anId() {
    Integer id = rows.ceilingKey(random.nextInt(rows.lastKey()) + 1);
    return id == null ? rows.lastKey() : id;
  }

  private void expectOne(int id, Integer counter) throws FoundException, IOException {
    String got =
        query(
            "select v || ' ' || w || ' ' || length(pad) from %s where id = %d"
                .formatted(table(), id));
    expect(counter + " " + -counter + " 700", got, "row " + id);
  }

  private void readAll() throws FoundException, IOException {
    long sum = rows.values().stream().mapToLong(v -> v).sum();
    long ids = rows.keySet().stream().mapToLong(id -> id).sum();
    String got =
        query(
            "select count(*) || ' ' || coalesce(sum(v), 0) || ' ' || coalesce(sum(id), 0) from "
                + table());
    expect(rows.size() + " " + sum + " " + ids, got, "all rows");
  }

  /// What another session is changing: each row must fit itself.
  private void readAnothers() throws FoundException, IOException {
    String got =
        query(
            "select count(*) from stress_%d where v + w <> 0 or length(pad) <> 700"
                .formatted(random.nextInt(sessions)));
    expect("0", got, "another session's rows");
  }

  private void expect(String wanted, @Nullable String got, String what) throws FoundException {
    if (got != null && !got.equals(wanted)) {
      throw new FoundException("%s of %s: %s instead of %s".formatted(what, table(), got, wanted));
    }
  }

  private void updateOne() throws FoundException, IOException {
    if (!rows.isEmpty()) {
      int id = anId();
      if (change("update %s set v = v + 1, w = w - 1 where id = %d".formatted(table(), id), 1)) {
        var _ = rows.merge(id, 1, Integer::sum);
      }
    }
  }

  private void updateMany() throws FoundException, IOException {
    if (!rows.isEmpty()) {
      int first = anId();
      var part = rows.subMap(first, first + 30);
      if (change(
          "update %s set v = v + 1, w = w - 1 where id between %d and %d"
              .formatted(table(), first, first + 29),
          part.size())) {
        part.replaceAll((_, counter) -> counter + 1);
      }
    }
  }

  private void insert() throws FoundException, IOException {
    int first = rows.isEmpty() ? 1 : rows.lastKey() + 1;
    int count = rows.size() > ROWS_MAX ? 1 : 5 + random.nextInt(60);
    if (change(
        "insert into %s select i, 0, 0, %s from generate_series(%d, %d) i"
            .formatted(table(), PAD, first, first + count - 1),
        count)) {
      for (int id = first; id < first + count; id++) {
        rows.put(id, 0);
      }
    }
  }

  /// The file becomes shorter, if nobody stands in the way.
  private void deleteTail() throws FoundException, IOException {
    if (rows.size() > 50) {
      int from = rows.firstKey() + rows.size() / 2;
      var tail = rows.tailMap(from);
      if (change("delete from %s where id >= %d".formatted(table(), from), tail.size())) {
        tail.clear();
      }
      var _ = query("vacuum " + table());
    }
  }

  private void truncate() throws FoundException, IOException {
    if (change("truncate " + table(), 0)) {
      rows.clear();
    }
  }

  private boolean change(String sql, int count) throws FoundException, IOException {
    String tag = query(sql);
    if (tag == null) {
      return false;
    }
    String affected = tag.substring(tag.lastIndexOf(' ') + 1);
    if (!sql.startsWith("truncate") && !affected.equals(Integer.toString(count))) {
      throw new FoundException(sql + ": " + tag + " instead of " + count);
    }
    return true;
  }

  /// @return the value or else the command's tag; null if it was refused or cancelled
  private @Nullable String query(String sql) throws FoundException, IOException {
    try {
      PgClient connected = client;
      if (connected == null) {
        connected = server.connect("postgres");
        client = connected;
      }
      var result = connected.query(sql);
      statements++;
      return result.rows().isEmpty()
          ? result.columns().isEmpty() ? result.commandTag() : "no row"
          : String.valueOf(result.rows().getFirst().getFirst());
    } catch (PgErrorException e) {
      failures++;
      String message = String.valueOf(e.getMessage());
      if (!message.contains("on purpose") && !message.contains("due to user request")) {
        throw new FoundException(sql + ": " + e.getMessage());
      }
      return null;
    }
  }

  void close() {
    PgClient now = client;
    if (now != null) {
      now.close();
    }
  }
}
