package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One wrong byte in a page that the pageserver gives, and a compute that has the page: without
/// compare mode nobody notices, and mode `all` says exactly where it is.
class DamagedPageIT {

  private static final int BLOCK = 3;
  private static final int OFFSET = 8000;

  private static Stack stack;

  @BeforeAll
  static void up() {
    stack = new Stack("wrongpage");
    stack.up();
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  /// DC-8.
  @ParameterizedTest
  @ValueSource(strings = {"none", "all"})
  void oneDamagedByteIsNoticedInModeAllOnly(String mode) throws SQLException {
    stack.set("shared_buffers=1MB", "neon.debug_compare_local=" + mode);
    ConnectionSource source = stack.source();
    String table = "t_" + mode;
    // Far more than the buffers hold, so that every scan reads the files.
    source.execute(
        "create table " + table + " (i int, filler text)",
        "alter table " + table + " alter filler set storage plain",
        "insert into " + table + " select g, repeat('f', 1000) from generate_series(1, 3000) g",
        "checkpoint");
    String count = "select count(*) from " + table;
    assertThat(source.number(count)).isEqualTo(3000);
    String file = source.string("select pg_relation_filepath('" + table + "')");
    damagePage("1663/" + file.substring("base/".length()));

    if (mode.equals("none")) {
      assertThat(source.number(count)).isEqualTo(3000);
    } else {
      assertThatThrownBy(() -> source.number(count))
          .hasMessageContaining("block " + BLOCK + " of relation " + file + ", fork main,")
          .hasMessageContaining("differs from the pageserver's: byte " + OFFSET + " is 66 and not");
      assertThat(stack.processes("compute").getFirst().reasons().toString())
          .contains("differ from the pageserver's");
    }
  }

  /// Starts the pageserver again so that it gives a page of this relation wrong.
  private static void damagePage(String relation) {
    RunningProcess pageserver = stack.jvms("PageserverMain").getFirst();
    RunningProcess.signal(pageserver.pid(), "KILL");
    RunningProcess.awaitEnd(pageserver.pid(), Duration.ofSeconds(30));
    stack.with(Map.of("ARGON_DAMAGE_PAGE", "%s/0/%d:%d".formatted(relation, BLOCK, OFFSET)));
    stack.up();
  }
}
