package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How long `argon endpoint start` and the first query take together.
class StartTimeIT {

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void timeFromStartToFirstQueryIsPrinted() throws SQLException {
    int starts = TestForm.choose(20, 100);
    List<Long> millis = new ArrayList<>();
    try (Stack stack = new Stack("start")) {
      stack.up();
      ConnectionSource source = stack.source();
      source.execute("create table started as select generate_series(1, 100000) id");
      for (int i = 0; i < starts; i++) {
        stack.argon("endpoint", "stop", "main").ok();
        long begin = System.nanoTime();
        stack.argon("endpoint", "start", "main").ok();
        long first = source.number("select count(*) from started where id < 10");
        millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        assertThat(first).isEqualTo(9);
      }
    }
    Collections.sort(millis);
    System.out.printf(
        "StartTimeIT: endpoint start to first query over %d starts: median %d ms, p99 %d ms, least"
            + " %d ms%n",
        starts,
        millis.get(starts / 2),
        millis.get((int) Math.ceil(starts * 0.99) - 1),
        millis.getFirst());
  }
}
