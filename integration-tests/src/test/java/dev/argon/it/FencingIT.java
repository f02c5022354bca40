package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.check.LedgerSummary;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.SecondCompute;
import dev.argon.it.stack.Stack;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Two computes of one timeline: the older one is fenced by the newer one's election (§18).
class FencingIT {

  private static final int TABLE_ROWS = 200_000;

  /// §15, §18.
  @Test
  @Timeout(value = 4, unit = TimeUnit.MINUTES)
  void olderComputeStopsAndLosesNothingAndItsReadersNeverSeeTheSuccessorsRows()
      throws SQLException {
    takeOver(false);
  }

  /// The older one sleeps through the take-over and wakes up with page requests under way. §18.
  @Test
  @Timeout(value = 4, unit = TimeUnit.MINUTES)
  void olderComputeThatSleptThroughItAllStopsAsWell() throws SQLException {
    takeOver(true);
  }

  private static void takeOver(boolean asleep) throws SQLException {
    try (Stack stack = new Stack("fence")) {
      stack.up();
      // a small cache, so that readers must ask the pageserver again and again
      stack.set("shared_buffers=2MB", "neon.file_cache_size_limit=2MB");
      ConnectionSource old = stack.source();
      old.execute(
          "create table t (id int primary key, filler text) with (fillfactor = 20)",
          "insert into t select g, repeat('x', 100) from generate_series(1, " + TABLE_ROWS + ") g",
          "checkpoint");
      RunningProcess oldCompute = stack.jvms("ComputeMain").getFirst();
      long oldPostmaster = stack.postmasters().getFirst().pid();
      List<String> readings = new CopyOnWriteArrayList<>();
      try (Ledger ledger = new Ledger(old, 4, 7, 5)) {
        ledger.createTables();
        ledger.start();
        ledger.awaitProgress(20, Duration.ofSeconds(30));
        List<Thread> readers = startReaders(old, readings);

        if (asleep) {
          RunningProcess.signal(oldCompute.pid(), "STOP");
        }
        SecondCompute second = SecondCompute.start(stack, Map.of());

        ConnectionSource successor = second.source();
        stack.awaitServer(successor);
        successor.execute(
            "update t set id = -id where id % 10 = 0", "insert into t values (100000000, 'new')");
        RunningProcess.signal(oldCompute.pid(), "CONT");
        RunningProcess.awaitEnd(oldPostmaster, Duration.ofSeconds(60));
        RunningProcess.awaitEnd(oldCompute.pid(), Duration.ofSeconds(60));
        for (Thread reader : readers) {
          join(reader);
        }
        ledger.stop();
        LedgerSummary summary = ledger.verify(successor);
        System.out.printf(
            "FencingIT: %s; readings of the old one's sessions: %s%n", summary, counted(readings));
        assertThat(readings)
            .filteredOn(reading -> !reading.startsWith("error"))
            .isNotEmpty()
            .containsOnly(TABLE_ROWS + " rows, least 1, most " + TABLE_ROWS);
        assertThat(successor.string("select count(*) || ' ' || min(id) || ' ' || max(id) from t"))
            .isEqualTo((TABLE_ROWS + 1) + " -" + TABLE_ROWS + " 100000000");
        Amcheck.verify(successor);
        second.stop();
        stack.up();
        stack.awaitServer(old);
        ledger.verify(old);
      }
    }
  }

  /// Sessions that were open before the successor came, and new ones, all reading the whole table.
  private static List<Thread> startReaders(ConnectionSource source, List<String> readings) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      threads.add(Thread.ofPlatform().name("reader-" + i).start(() -> read(source, readings)));
    }
    Awaitility.await("first readings")
        .atMost(Duration.ofSeconds(60))
        .until(() -> readings.size() >= 2);
    return threads;
  }

  private static void read(ConnectionSource source, List<String> readings) {
    try (Connection connection = source.open()) {
      while (true) {
        readings.add(
            ConnectionSource.strings(
                    connection,
                    "select count(*) || ' rows, least ' || min(id) || ', most ' || max(id) from t")
                .getFirst());
      }
    } catch (SQLException e) {
      readings.add("error " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static void join(Thread reader) {
    try {
      assertThat(reader.join(Duration.ofSeconds(60))).as(reader.getName() + " ended").isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static Map<String, Long> counted(List<String> readings) {
    Map<String, Long> counts = new TreeMap<>();
    readings.forEach(reading -> counts.merge(reading, 1L, Long::sum));
    return counts;
  }
}
