package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// §10, §12, §13, §14: unlogged relations, sequences, databases, numbers of files, transaction
/// statuses.
class RelationIT {

  private static Stack stack;
  private static ConnectionSource source;
  private static Pressure pressure;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("relation");
    stack.up();
    pressure = Pressure.on(stack, "neon.debug_compare_local=all");
    source = stack.source();
  }

  @AfterAll
  static void close() {
    pressure.close();
    stack.close();
  }

  @AfterEach
  void nothingWentWrong() {
    pressure.nothingWentWrong();
  }

  private static void restart() throws SQLException {
    stack.argon("endpoint", "stop", "main").ok();
    stack.argon("endpoint", "start", "main").ok();
    pressure.reconnect();
  }

  private static void loseEverything(int seed) throws SQLException {
    stack.killAllAndDeleteCaches(new Random(seed));
    stack.up();
    pressure.reconnect();
  }

  // ---- §10 ----

  /// `test_unlogged`: they are never dropped from the files, they are empty after each start, and
  /// their indexes and sequences work on. DC-7, §10.
  @Test
  void unloggedRelationsAreEmptyAndUsableAfterEachStart() throws SQLException {
    source.execute(
        "create unlogged table loose (id serial, a int[], p point, t text, filler text)",
        "create index on loose (id)",
        "create index on loose using hash (t)",
        "create index on loose using gin (a)",
        "create index on loose using gist (p)",
        "create index on loose using spgist (t)",
        "create index on loose using brin (id)",
        "create unlogged table loose_second (id int primary key)");
    for (int round = 0; round < 3; round++) {
      assertThat(source.number("select count(*) from loose")).isZero();
      source.execute(
          "insert into loose (a, p, t, filler) select array[g % 7, g], point(g, g % 100),"
              + " md5(g::text), repeat('l', 500) from generate_series(1, 2000) g",
          "insert into loose_second select g from generate_series(1, 100) g",
          "update loose set filler = 'changed' where id % 10 = 0",
          "vacuum loose");
      pressure.push("loose");
      try (Connection connection = source.open();
          Statement statement = connection.createStatement()) {
        statement.execute("set enable_seqscan = off");
        for (String condition :
            List.of(
                "id = 100",
                "t = md5('100')",
                "a @> array[100]",
                "p <@ box '(99.5,-1),(100.5,200)'")) {
          assertThat(
                  ConnectionSource.strings(
                      connection, "select id || filler from loose where " + condition))
              .as(condition)
              .containsExactly("100changed");
        }
      }
      Amcheck.verifyStructure(source);
      if (round % 2 == 0) {
        restart();
      } else {
        loseEverything(round);
      }
    }
    assertThat(source.number("select count(*) from loose_second")).isZero();
    assertThat(source.number("select nextval('loose_id_seq')")).isEqualTo(1);
  }

  /// §10.
  @Test
  void changedPersistenceKeepsTheRows() throws SQLException {
    source.execute(
        "create table changes (id int primary key, filler text)",
        "insert into changes select g, repeat('c', 400) from generate_series(1, 2000) g");
    pressure.evict("changes");
    source.execute("alter table changes set unlogged", "delete from changes where id > 1500");
    pressure.push("changes");
    source.execute("alter table changes set logged");
    pressure.evict("changes");

    loseEverything(4);

    assertThat(source.string("select count(*) || ' ' || sum(id) from changes"))
        .isEqualTo("1500 1125750");
  }

  /// §10.
  @Test
  void temporaryTablesAreTheirSessionsAlone() throws SQLException {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute("set temp_buffers = '800kB'");
      statement.execute("create temporary table brief (id int primary key, filler text)");
      statement.execute(
          "insert into brief select g, repeat('b', 900) from generate_series(1, 3000) g");
      pressure.press();
      statement.execute("update brief set filler = 'x' where id % 3 = 0");
      pressure.press();
      assertThat(
              ConnectionSource.strings(
                  connection, "select filler = 'x', count(*) from brief group by 1 order by 1"))
          .containsExactly("f", "t");
      assertThat(ConnectionSource.number(connection, "select sum(id) from brief"))
          .isEqualTo(4_501_500);
    }
  }

  // ---- §12 ----

  /// Values of sequences of all kinds, in the order in which they must come. §12.
  @Test
  void sequencesGoOnOverEvictionStopAndKill() throws SQLException {
    Map<String, Integer> increments = new LinkedHashMap<>();
    increments.put("by_one", 1);
    increments.put("down", -3);
    increments.put("by_ten", 10);
    for (var sequence : increments.entrySet()) {
      source.execute(
          "create sequence %s increment %d %s"
              .formatted(
                  sequence.getKey(),
                  sequence.getValue(),
                  sequence.getValue() < 0
                      ? "minvalue -1000000 maxvalue 0 start 0"
                      : "minvalue 0 start 0"));
    }
    Map<String, Long> last = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    for (int round = 0; round < TestForm.choose(4, 20); round++) {
      boolean exact = round == 0 || round % 4 != 3;
      for (var sequence : increments.entrySet()) {
        String name = sequence.getKey();
        for (String text :
            source.strings(
                "select nextval('%s') from generate_series(1, %d)"
                    .formatted(name, 3 + round * 7))) {
          long value = Long.parseLong(text);
          assertThat(seen.add(name + value)).as("%s gives %d once", name, value).isTrue();
          if (last.containsKey(name)) {
            long steps = (value - last.get(name)) / sequence.getValue();
            assertThat(steps)
                .as("%s after %d: %d", name, last.get(name), value)
                .isBetween(1L, exact ? 1L : 33L);
          }
          last.put(name, value);
          exact = true;
        }
        exact = round == 0 || round % 4 != 3;
      }
      switch (round % 4) {
        case 0 -> {
          pressure.push(increments.keySet().toArray(String[]::new));
          assertThat(pressure.count("verdict_keep_sequence")).isPositive();
        }
        case 1 -> restart();
        case 2 -> loseEverything(round);
        default -> {
          pressure.push(increments.keySet().toArray(String[]::new));
          restart();
        }
      }
    }
  }

  /// §12.
  @Test
  void changedSequencesKeepTheirState() throws SQLException {
    source.execute(
        "create sequence settled cache 5 minvalue 1 maxvalue 20 cycle",
        "select nextval('settled') from generate_series(1, 13)",
        "create sequence moved",
        "select nextval('moved') from generate_series(1, 5)",
        "select setval('moved', 1000, false)",
        "create sequence renumbered",
        "select nextval('renumbered')",
        "alter sequence renumbered restart with 77 increment by 2");
    pressure.push("settled", "moved", "renumbered");
    loseEverything(6);

    assertThat(source.number("select nextval('moved')")).isBetween(1000L, 1033L);
    assertThat(source.number("select nextval('renumbered')")).isBetween(77L, 77L + 66);
    Set<Long> values = new HashSet<>();
    for (String value : source.strings("select nextval('settled') from generate_series(1, 20)")) {
      values.add(Long.parseLong(value));
    }
    assertThat(values).as("one whole cycle").hasSize(20);
    assertThatThrownBy(() ->
            source.execute(
                "begin; create sequence undone; select nextval('undone'); rollback",
                "select nextval('undone')"))
        .hasMessageContaining("does not exist");
  }

  // ---- §13 ----

  /// `test_createdb`, `test_dropdb`: many at a time, beside sessions that read. §13.
  @Test
  void databasesComeAndGoBesideReaders() throws SQLException, InterruptedException {
    source.execute("create database template_of_all");
    source
        .database("template_of_all")
        .execute(
            "create table inside (id int primary key, filler text)",
            "insert into inside select g, repeat('i', 300) from generate_series(1, 2000) g",
            // so that its relation map is not a new database's
            "vacuum full pg_class",
            "vacuum full pg_attribute",
            "vacuum analyze inside");
    List<String> errors = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    int rounds = TestForm.choose(2, 10);
    for (String name : List.of("odd \"name\"", "Ünïcode", "plain")) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  comeAndGo(name, rounds);
                } catch (SQLException | AssertionError e) {
                  errors.add(name + ": " + e);
                }
              }));
    }
    while (threads.stream().anyMatch(Thread::isAlive)) {
      pressure.press();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(errors).isEmpty();
    loseEverything(5);
    assertThat(source.strings("select datname from pg_database where datname like 'copy%'"))
        .hasSize(3);
    for (String name : List.of("odd \"name\"", "Ünïcode", "plain")) {
      assertThat(countIn("copy " + name)).isEqualTo(2000);
    }
    assertThat(databaseFiles())
        .isEqualTo(Set.copyOf(source.strings("select oid from pg_database")));
  }

  private static void comeAndGo(String name, int rounds) throws SQLException {
    String quoted = "\"copy " + name.replace("\"", "\"\"") + "\"";
    for (int round = 0; round <= rounds; round++) {
      createDatabase(quoted);
      assertThat(countIn("copy " + name)).isEqualTo(2000);
      if (round < rounds) {
        source.execute("drop database " + quoted + " with (force)");
      }
    }
  }

  /// Somebody else may just be copying the template.
  private static void createDatabase(String quoted) throws SQLException {
    for (int attempt = 0; ; attempt++) {
      try {
        source.execute("create database " + quoted + " template template_of_all");
        return;
      } catch (SQLException e) {
        if (attempt == 50 || !String.valueOf(e.getMessage()).contains("being accessed")) {
          throw e;
        }
      }
    }
  }

  private static long countIn(String database) throws SQLException {
    String encoded =
        java.net.URLEncoder.encode(database, java.nio.charset.StandardCharsets.UTF_8)
            .replace("+", "%20");
    return source.database(encoded).number("select count(*) from inside where filler like 'iii%'");
  }

  /// The directories below `base` of the server that runs.
  private static Set<String> databaseFiles() {
    Path base = stack.computeDirectories().getFirst().resolve("pgdata/base");
    try (var paths = java.nio.file.Files.list(base)) {
      return paths
          .map(path -> path.getFileName().toString())
          .filter(name -> Character.isDigit(name.charAt(0)))
          .collect(java.util.stream.Collectors.toUnmodifiableSet());
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  /// `test_oid_overflow`: the counter comes round to the number of a file that exists. §13.
  @Test
  void numbersOfFilesAreNotGivenTwice() throws SQLException {
    TestServerFunctions.load(stack, source);
    source.execute(
        "create table first_file (x int)",
        "insert into first_file values (1)",
        "create table second_file (x int)",
        "insert into second_file values (2)",
        "vacuum full first_file",
        "vacuum full first_file",
        "vacuum full pg_class");
    pressure.evict("first_file", "second_file");
    long node = source.number("select pg_relation_filenode('first_file')");
    String next = source.string("select max(oid)::bigint + 1000 from pg_class");

    source.execute("select set_next_oid(" + node + ")", "vacuum full second_file");

    assertThat(source.number("select pg_relation_filenode('second_file')")).isGreaterThan(node);
    pressure.evict("first_file", "second_file");
    assertThat(source.strings("select x from first_file union all select x from second_file"))
        .containsExactly("1", "2");
    // over the end of the numbers, to where every number belongs to the system
    source.execute(
        "select set_next_oid(4294967290)",
        "create table wrapped as select g x from generate_series(1, 9) g");
    assertThat(source.number("select 'wrapped'::regclass::oid::bigint"))
        .isGreaterThanOrEqualTo(16384);
    loseEverything(8);
    assertThat(source.number("select count(*) from wrapped")).isEqualTo(9);
    source.execute("select set_next_oid(" + next + ")");
  }

  /// Very many relations in one transaction, ended either way. §13.
  @Test
  void manyRelationsComeAndGoInOneTransaction() throws SQLException {
    String many =
        "do $$ begin for i in 1..%d loop execute 'create table many_' || i || ' (id int)'; end"
            + " loop; end $$";
    int relations = TestForm.choose(300, 3000);
    stack.set("max_locks_per_transaction=4000", "neon.debug_compare_local=none");
    pressure.reconnect();
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(many.formatted(relations));
      connection.rollback();
      statement.execute(many.formatted(relations));
      connection.commit();
      statement.execute(
          "do $$ begin for i in 1..%d loop execute 'drop table many_' || i; end loop; end $$"
              .formatted(relations - 1));
      connection.commit();
    }
    loseEverything(7);
    assertThat(source.strings("select relname from pg_class where relname like 'many%'"))
        .containsExactly("many_" + relations);
  }

  /// WAL of a drop is at the pageserver, which has nothing then, before the files are gone here.
  /// The evictor meets such pages, and takes them for no difference. DC-3, §13.
  @Test
  void pagesThatThePageserverHasDroppedAlreadyAreNoDifference() {
    String create =
        "do $$ begin for i in 1..60 loop"
            + " execute format('create table dropped%s as select g as i, repeat(''d'', 200) as t"
            + " from generate_series(1, 1500) g', i);"
            + " end loop; end $$";
    String drop =
        "do $$ begin"
            + " for i in 1..60 loop execute format('update dropped%s set i = i + 1', i); end loop;"
            + " for i in 1..60 loop execute format('drop table dropped%s', i); end loop;"
            + " end $$";
    Awaitility.await("the evictor meets a table that is being dropped")
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(() -> {
          source.execute(create, drop);
          pressure.nothingWentWrong();
          assertThat(pressure.count("compare_left_out_nothing_there")).isPositive();
        });
  }

  /// A dirty page of a dropped table's map may be given up by the buffer pool, with an image in
  /// WAL, between the record of the drop and the drop of the buffers. It is nobody's: not even a
  /// later table's that has the same number. §13.
  @Test
  void mapsOfDroppedTablesDoNotComeBack() throws Exception {
    long images = pressure.count("map_images");
    AtomicBoolean over = new AtomicBoolean();
    FutureTask<Boolean> readers =
        new FutureTask<>(() -> {
          while (!over.get()) {
            pressure.read();
          }
          return true;
        });
    Thread thread = Thread.ofVirtual().start(readers);
    try {
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 10; i++) {
          source.execute(
              "create table mapped" + i + " as select g from generate_series(1, 500) g",
              "vacuum mapped" + i);
        }
        source.execute(
            "do $$ begin for i in 0..9 loop execute format('drop table mapped%s', i); end loop;"
                + " end $$");
      }
    } finally {
      over.set(true);
      thread.join();
    }
    assertThat(readers.get()).isTrue();
    assertThat(pressure.count("map_images")).isGreaterThan(images);

    loseEverything(8);

    assertThat(
            source.strings(
                "with files as (select pg_ls_dir('base/' || oid) as name from pg_database"
                    + " where datname = current_database())"
                    + " select name from files where name ~ '_(vm|fsm)$'"
                    + " and split_part(name, '_', 1) not in (select name from files)"))
        .isEmpty();
  }

  // ---- §14 ----

  /// `neon-clog`, `neon-subxacts`, `test_next_xid`: statuses of very many transactions and of deep
  /// trees of them, before and after everything local is gone. RQ-4, §14.
  @Test
  void statusesOfTransactionsAreWhatTheyWere() throws SQLException {
    TestServerFunctions.load(stack, source);
    source.execute(
        "create table status (xid xid8, how text)",
        "create or replace procedure end_some(n int) language plpgsql as $$ begin"
            + " for i in 1..n loop insert into status values (pg_current_xact_id(), 'c'); commit;"
            + " insert into status values (pg_current_xact_id(), 'a'); rollback; end loop; end $$",
        "create or replace function deep(n int) returns void language plpgsql as $$ begin"
            + " begin insert into status values (pg_current_xact_id(), 'deep ' || n);"
            + " if n > 0 then perform deep(n - 1); end if;"
            + " if n % 10 = 5 then raise exception 'undo'; end if;"
            + " exception when raise_exception then null; end; end $$",
        "call end_some(300)");
    long before = source.number("select pg_current_xact_id()");
    source.execute(
        "select deep(64)",
        // more than two pages of pg_xact, 32768 transactions each
        "select consume_xids(" + TestForm.choose(70_000, 2_500_000) + ")",
        "call end_some(300)");
    List<String> queries =
        List.of(
            "select count(*) || ' ' || count(distinct xid) from status where how = 'c'",
            "select count(*) from status where how = 'a'",
            "select string_agg(how, ',' order by how) from status where how like 'deep%'",
            "select string_agg(distinct pg_xact_status(xid), ',') from status",
            "select string_agg(distinct pg_xact_status(("
                + before
                + " + g)::text::xid8), ',')"
                + " from generate_series(500, 69000, 97) g");
    List<List<String>> answers = new ArrayList<>();
    for (String query : queries) {
      answers.add(source.strings(query));
    }
    assertThat(answers.get(0)).containsExactly("600 600");
    assertThat(answers.get(1)).containsExactly("0");
    assertThat(answers.get(2).getFirst()).contains("deep 64").doesNotContain("deep 55");
    assertThat(answers.get(3)).containsExactly("committed");
    assertThat(answers.get(4)).containsExactly("aborted");
    long last = source.number("select pg_current_xact_id()");

    loseEverything(9);

    for (int i = 0; i < queries.size(); i++) {
      assertThat(source.strings(queries.get(i))).as(queries.get(i)).isEqualTo(answers.get(i));
    }
    assertThat(source.number("select pg_current_xact_id()")).isGreaterThan(last);
  }
}
