package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// What a person does first: up, psql, up again, down, up.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FirstUseIT {

  private static Stack stack;
  private static Command.Result firstUp;

  @BeforeAll
  static void up() {
    stack = new Stack("first");
    firstUp = stack.up();
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  @Test
  @Order(1)
  void upEndsWithAConnectionString() throws SQLException {
    String last = firstUp.out().lines().filter(line -> !line.isBlank()).toList().getLast();
    String printed = first("postgres\\S+", last);

    assertThat(printed).isEqualTo(stack.source().uri());
    assertThat(new ConnectionSource(printed).string("select 'hello'")).isEqualTo("hello");
    assertThat(stack.source().string("select rolsuper from pg_roles where rolname = current_user"))
        .isEqualTo("t");
  }

  @Test
  @Order(2)
  void psqlCreatesFillsJoinsAndIndexes() {
    stack.psql("create table customer (id serial primary key, name text)");
    stack.psql("create table purchase (id serial primary key, customer int, amount numeric)");
    stack.psql("insert into customer (name) select 'name ' || g from generate_series(1, 1000) g");
    stack.psql(
        "insert into purchase (customer, amount)"
            + " select 1 + g % 1000, g from generate_series(1, 20000) g");
    stack.psql("create index on purchase (customer)");
    stack.psql("analyze");

    assertThat(
            stack.psql(
                "select sum(amount) from customer c join purchase p on p.customer = c.id"
                    + " where c.name = 'name 7'"))
        .isEqualTo("190120");
    assertThat(stack.psql("explain select * from purchase where customer = 5"))
        .contains("purchase_customer_idx");
  }

  @Test
  @Order(3)
  void secondUpChangesNothing() {
    Set<Long> before = pids();

    Command.Result second = stack.up();

    assertThat(pids()).isEqualTo(before);
    assertThat(second.out()).contains(stack.source().uri());
  }

  /// §31.
  @Test
  @Order(4)
  void serverIsThePackagesOwn() throws IOException {
    String version =
        Command.of(PostgresPrograms.path("postgres"), "--version")
            .run(Duration.ofSeconds(10))
            .ok()
            .text();
    String number = first("\\d+\\.\\d+", version);

    assertThat(stack.argon("status").ok().out()).contains(number);
    assertThat(stack.psql("select version()")).contains("PostgreSQL " + number);
    for (var postmaster : stack.postmasters()) {
      Path binary = Files.readSymbolicLink(Path.of("/proc", postmaster.pid() + "", "exe"));
      assertThat(binary).isEqualTo(Path.of(PostgresPrograms.path("postgres")).toRealPath());
    }
    if (Files.isExecutable(Path.of("/usr/bin/dpkg"))) {
      assertThat(Command.of("dpkg", "--verify", "postgresql-15").run(Duration.ofMinutes(1)).out())
          .doesNotContain("bin/postgres");
    }
  }

  @Test
  @Order(5)
  void statusNamesEveryProcessWithItsFacts() {
    List<StackProcess> processes = stack.processes();

    assertThat(processes.stream().map(StackProcess::kind).collect(Collectors.toSet()))
        .contains("control-plane", "pageserver", "safekeeper", "compute");
    assertThat(processes).filteredOn(p -> p.kind().equals("safekeeper")).hasSize(3);
    assertThat(processes)
        .allSatisfy(process -> {
          assertThat(process.pid()).isPositive();
          assertThat(process.health()).isEqualTo("ok");
          assertThat(process.addresses()).isNotEmpty();
          assertThat(process.directory()).isDirectory();
        });
    assertThat(stack.statusJson().write()).contains("commit_lsn").contains("last_record_lsn");
  }

  /// RQ-3.
  @Test
  @Order(6)
  void whatIsInsideCanBeLookedAt() {
    assertThat(stack.argon("branch", "list", "--json").ok().out()).contains("\"main\"");
    assertThat(stack.argon("endpoint", "list").ok().out()).contains("main", "active");
    assertThat(stack.argon("logs", "pageserver").ok().out()).contains("pageserver");
    assertThat(stack.argon("layer", "list", "--json").ok().out()).contains("layer");
    // the first bytes of a b-tree's metapage after the page header: its magic number, nbtree.h
    String page = stack.argon("page", "get", "customer_pkey", "0").ok().out();
    assertThat(page.replaceAll("[^0-9a-f]", "")).contains("62310500");
  }

  /// §12.
  @Test
  @Order(7)
  void downAndUpKeepsRowsAndSequencesWithoutAGap() throws SQLException {
    String uri = stack.source().uri();
    stack.psql("create sequence counter");
    stack.psql("select nextval('counter') from generate_series(1, 7)");
    String customers = stack.psql("select count(*), max(id) from customer");

    stack.downAndNothingIsLeft();
    stack.up();

    assertThat(stack.source().uri()).isEqualTo(uri);
    assertThat(stack.psql("select nextval('counter')")).isEqualTo("8");
    assertThat(stack.psql("insert into customer (name) values ('last') returning id"))
        .isEqualTo("1001");
    assertThat(stack.psql("select count(*) - 1, max(id) - 1 from customer")).isEqualTo(customers);
    dev.argon.it.check.Amcheck.verify(stack.source());
  }

  @Test
  @Order(8)
  void downTwiceIsNoError() {
    stack.downAndNothingIsLeft();

    stack.down();

    stack.up();
    assertThat(stack.psql("select count(*) from purchase")).isEqualTo("20000");
  }

  private static String first(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
    return matcher.group();
  }

  private static Set<Long> pids() {
    return stack.processes().stream().map(StackProcess::pid).collect(Collectors.toSet());
  }
}
