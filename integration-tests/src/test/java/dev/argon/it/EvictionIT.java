package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.CacheCounters;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Far more data than `shared_buffers` and the file cache hold: pages come and go all the time, and
/// everything is as on a stock server (§7, §8, §10, §11, §12).
class EvictionIT {

  private static final int BUFFERS_MEGABYTES = 8;
  private static final int CACHE_MEGABYTES = 8;

  /// About 1 kB each: four times what buffers and cache hold together.
  private static final int ROWS = 4 * (BUFFERS_MEGABYTES + CACHE_MEGABYTES) * 1024;

  private static Stack stack;
  private static ConnectionSource source;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("evict");
    stack.up();
    stack.set(
        "shared_buffers=" + BUFFERS_MEGABYTES + "MB",
        "neon.file_cache_size_limit=" + CACHE_MEGABYTES + "MB");
    source = stack.source();
    source.execute(
        "create table big (id int primary key, n bigint not null, filler text not null)",
        "alter table big alter filler set storage plain",
        "insert into big select g, 0, repeat(md5(g::text), 29) from generate_series(1, "
            + ROWS
            + ") g",
        "vacuum analyze big");
    assertThat(source.number("select pg_relation_size('big')"))
        .isGreaterThanOrEqualTo(4L * (BUFFERS_MEGABYTES + CACHE_MEGABYTES) * 1024 * 1024);
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  /// RQ-7.
  @Test
  @Timeout(value = 40, unit = TimeUnit.MINUTES)
  void randomSelectsAndUpdatesAreRight() throws SQLException {
    Random random = new Random(TestForm.seed("EvictionIT"));
    int changes = TestForm.choose(6_000, 200_000);
    long[] model = new long[ROWS + 1];
    source.execute("update big set n = 0 where n <> 0");
    CacheCounters before = CacheCounters.of(stack);
    try (Connection connection = source.open();
        PreparedStatement select =
            connection.prepareStatement("select n, md5(filler) from big where id = ?");
        PreparedStatement update =
            connection.prepareStatement("update big set n = n + ? where id = ?")) {
      for (int i = 0; i < changes; i++) {
        int id = 1 + random.nextInt(ROWS);
        if (random.nextBoolean()) {
          update.setLong(1, i);
          update.setInt(2, id);
          assertThat(update.executeUpdate()).isEqualTo(1);
          model[id] += i;
        } else {
          select.setInt(1, id);
          try (ResultSet row = select.executeQuery()) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1)).as("n of %d", id).isEqualTo(model[id]);
          }
        }
      }
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select id, n from big where n <> 0")) {
        while (rows.next()) {
          assertThat(rows.getLong(2))
              .as("n of %d", rows.getInt(1))
              .isEqualTo(model[rows.getInt(1)]);
          model[rows.getInt(1)] = 0;
        }
      }
      assertThat(model).containsOnly(0);
    }
    CacheCounters after = CacheCounters.of(stack);
    System.out.printf("EvictionIT: %s, before: %s%n", after, before);
    assertThat(after.evicted() - before.evicted()).isGreaterThan(changes / 4);
    assertThat(after.unexpectedZeroPages()).isZero();
    Amcheck.verify(source);
  }

  /// RQ-2, §7.
  @Test
  void coldSequentialScanReadsAhead() throws SQLException {
    stack.argon("endpoint", "stop", "main").ok();
    stack.argon("endpoint", "start", "main").ok();
    CacheCounters before = CacheCounters.of(stack);

    String sum =
        source.string(
            "select count(*) || ' ' || sum(id) from big where filler = repeat(md5(id::text), 29)");

    assertThat(sum).isEqualTo(ROWS + " " + (ROWS * (ROWS + 1L) / 2));
    CacheCounters after = CacheCounters.of(stack);
    System.out.printf("EvictionIT: cold scan: %s, before: %s%n", after, before);
    assertThat(after.prefetched() - before.prefetched())
        .as("pages that were read ahead")
        .isGreaterThan(source.number("select pg_relation_size('big') / 8192") / 2);
  }

  /// §8.
  @Test
  void cursorsAndCommandsOfOneTransactionSeeWhatTheyMust() throws SQLException {
    source.execute(
        "drop table if exists commands",
        "create table commands (id int primary key, v int, filler text) with (fillfactor = 70)");
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "insert into commands select g, 0, repeat('f', 300) from generate_series(1, 4000) g");
      statement.execute("declare inserted cursor for select id, v from commands");
      statement.execute("delete from commands where id % 5 = 0");
      statement.execute("update commands set v = 1 where id % 5 = 1");
      statement.execute("declare updated cursor for select id, v from commands");
      press();
      statement.execute("savepoint s");
      statement.execute("update commands set v = v + 10");
      statement.execute("select * from commands where id % 3 = 0 for update");
      press();
      statement.execute("rollback to savepoint s");
      statement.execute("update commands set v = v + 100 where id % 2 = 0");
      press();

      assertThat(ConnectionSource.strings(connection, "fetch all from inserted")).hasSize(4000);
      assertThat(valuesOf(connection, "fetch all from updated")).containsExactly(2400L, 800L);
      assertThat(
              ConnectionSource.strings(
                  connection, "select v || ' ' || count(*) from commands group by v order by v"))
          .containsExactly("0 1200", "1 400", "100 1200", "101 400");
      connection.commit();
    }
    press();
    assertThat(source.strings("select v || ' ' || count(*) from commands group by v order by v"))
        .containsExactly("0 1200", "1 400", "100 1200", "101 400");
  }

  /// §8.
  @Test
  void insertFromTheSameTableDoublesIt() throws SQLException {
    source.execute(
        "drop table if exists doubled",
        "create table doubled as select g as id, repeat('d', 500) as filler"
            + " from generate_series(1, 5000) g");
    for (int i = 0; i < 3; i++) {
      source.execute("insert into doubled select id, filler from doubled");
    }

    assertThat(source.string("select count(*) || ' ' || count(distinct id) from doubled"))
        .isEqualTo("40000 5000");
  }

  /// §9b.
  @Test
  void conflictingInsertsOfSeveralSessionsAddUp() throws SQLException, InterruptedException {
    source.execute(
        "drop table if exists upserted",
        "create table upserted (id int primary key, n int not null, filler text)");
    int rounds = 15;
    int keys = 400;
    List<Thread> threads = new ArrayList<>();
    List<SQLException> errors = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int i = 0; i < rounds; i++) {
                    source.execute(
                        "insert into upserted select g, 1, repeat('u', 800)"
                            + " from generate_series(1, "
                            + keys
                            + ") g on conflict (id) do update set n = upserted.n + 1");
                  }
                } catch (SQLException e) {
                  errors.add(e);
                }
              }));
    }
    for (int i = 0; i < 3; i++) {
      press();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(errors).isEmpty();
    assertThat(source.string("select count(*) || ' ' || min(n) || ' ' || max(n) from upserted"))
        .isEqualTo(keys + " " + 2 * rounds + " " + 2 * rounds);
  }

  /// §12.
  @Test
  @Timeout(value = 40, unit = TimeUnit.MINUTES)
  void sequencesNeverRepeatOverEvictionAndKill() throws SQLException {
    source.execute("drop sequence if exists never_again", "create sequence never_again");
    Set<Long> seen = new HashSet<>();
    long last = 0;
    for (int round = 0; round < TestForm.choose(3, 20); round++) {
      for (int batch = 0; batch < 3; batch++) {
        for (String value :
            source.strings("select nextval('never_again') from generate_series(1, 37)")) {
          long number = Long.parseLong(value);
          assertThat(seen.add(number)).as("%d for the first time", number).isTrue();
          assertThat(number).isGreaterThan(last).isLessThanOrEqualTo(last + 33);
          last = number;
        }
        press();
      }
      stack.killAllAndDeleteCaches(new Random(round));
      stack.up();
    }
  }

  /// DC-7, §10.
  @Test
  void unloggedTablesWorkAndAreEmptyAfterACrash() throws SQLException {
    source.execute(
        "drop table if exists loose",
        "create unlogged table loose (id serial primary key, filler text)",
        "insert into loose (filler) select repeat('l', 900) from generate_series(1, 20000)",
        "update loose set filler = 'changed' where id % 10 = 0");
    press();
    assertThat(source.string("select count(*) || ' ' || sum(id) from loose"))
        .isEqualTo("20000 200010000");
    assertThat(source.string("select count(*) from loose where filler = 'changed'"))
        .isEqualTo("2000");

    stack.killAllAndDeleteCaches(new Random(3));
    stack.up();

    assertThat(source.string("select count(*) from loose")).isEqualTo("0");
    source.execute("insert into loose (filler) values ('again')");
    assertThat(source.string("select count(*) from loose where id = 1")).isEqualTo("1");
    Amcheck.verifyStructure(source);
  }

  /// §11.
  @Test
  @Timeout(value = 40, unit = TimeUnit.MINUTES)
  void visibilityMapIsRightWhenThePageserverLags() throws SQLException {
    source.execute(
        "drop table if exists lagged",
        "create table lagged (id int primary key, filler text)",
        "insert into lagged select g, repeat('v', 400) from generate_series(1, 20000) g");
    stack.delayIngest(300);
    try {
      for (int round = 0; round < TestForm.choose(3, 30); round++) {
        source.execute("vacuum (freeze) lagged");
        press();
        int remainder = round;
        source.execute("delete from lagged where id % 50 = " + remainder);
        press();
        try (Connection connection = source.open();
            Statement statement = connection.createStatement()) {
          statement.execute("set enable_seqscan = off");
          statement.execute("set enable_bitmapscan = off");
          assertThat(
                  ConnectionSource.strings(
                      connection, "explain select id from lagged where id between 1 and 20000"))
              .anyMatch(line -> line.contains("Index Only Scan"));
          assertThat(
                  ConnectionSource.number(
                      connection,
                      "select count(*) from (select id from lagged where id between 1 and 20000)"
                          + " x"))
              .isEqualTo(20000L - 400L * (round + 1));
        }
        Amcheck.verifyVisibility(source);
      }
    } finally {
      stack.delayIngest(0);
    }
    stack.killAllAndDeleteCaches(new Random(4));
    stack.up();
    Amcheck.verify(source);
  }

  /// Reads the large table, so that everything else leaves buffers and cache. By its index, as a
  /// sequential scan would stay in a ring of a few buffers.
  private static void press() throws SQLException {
    source.execute(
        "set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off;"
            + " select sum(length(filler)) from (select filler from big order by id) by_index");
  }

  /// How many rows have v = 0 and v = 1.
  private static List<Long> valuesOf(Connection connection, String fetch) throws SQLException {
    long[] counts = new long[2];
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(fetch)) {
      while (rows.next()) {
        counts[rows.getInt(2)]++;
      }
    }
    return List.of(counts[0], counts[1]);
  }
}
