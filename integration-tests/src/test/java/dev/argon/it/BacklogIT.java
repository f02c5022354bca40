package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.SecondCompute;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// While the quorum is away WAL piles up in the compute's own directory, up to a threshold: then
/// writers stall, `status` says why, and readers go on (§18).
class BacklogIT {

  private static final long LIMIT_MEGABYTES = 48;
  private static final int ROWS = 200_000;

  /// §18.
  @Test
  @Timeout(value = 4, unit = TimeUnit.MINUTES)
  void writersStallAtTheThresholdWithAReasonAndGoOnAfterwards() throws SQLException, IOException {
    try (Stack stack = new Stack("backlog")) {
      stack.up();
      // the threshold of a compute that users start is a gigabyte
      SecondCompute compute =
          SecondCompute.start(stack, Map.of("wal_backlog_limit_mb", LIMIT_MEGABYTES));
      ConnectionSource source = compute.source();
      stack.awaitServer(source);
      source.execute("create table t (id int, filler text)", "insert into t values (0, 'first')");
      var safekeepers = stack.jvms("SafekeeperMain");
      List<Process> restarted = new ArrayList<>();
      RunningProcess.kill(safekeepers.get(0).pid());
      RunningProcess.kill(safekeepers.get(1).pid());

      try (PendingStatement writer =
          PendingStatement.send(
              "writer",
              source,
              "",
              "insert into t select g, repeat(md5(g::text), 25) from generate_series(1, "
                  + ROWS
                  + ") g")) {
        Awaitility.await("a reason in the status")
            .atMost(Duration.ofMinutes(1))
            .pollInterval(200, TimeUnit.MILLISECONDS)
            .until(() ->
                compute.status().health().equals("degraded")
                    && compute.status().reasons().toString().contains("writers stall"));
        long stalledAt = walBytes(stack.data());
        Awaitility.await("it stays stalled")
            .during(Duration.ofSeconds(3))
            .atMost(Duration.ofSeconds(6))
            .failFast(() -> assertThat(writer.isAnswered()).isFalse())
            .until(() -> true);
        System.out.printf(
            "BacklogIT: stalled with %d MB of WAL, then %d MB%n",
            stalledAt >> 20, walBytes(stack.data()) >> 20);
        assertThat(walBytes(stack.data())).isLessThan((LIMIT_MEGABYTES + 64) << 20);
        assertThat(source.string("select count(*) from t")).isEqualTo("1");

        // not `argon up`: that would also start the first compute, which would fence this one
        for (int i = 0; i < 2; i++) {
          restarted.add(safekeepers.get(i).again().start());
        }
        Awaitility.await("the writer goes on")
            .atMost(Duration.ofMinutes(1))
            .until(writer::isAcknowledged);
      }
      assertThat(source.number("select count(*) from t")).isEqualTo(ROWS + 1);
      compute.stop();
      for (Process safekeeper : restarted) {
        RunningProcess.kill(safekeeper.pid());
      }
    }
  }

  /// What lies in the second compute's pg_wal.
  private static long walBytes(Path data) {
    try (Stream<Path> files = Files.list(data.resolve("second/start-1/pgdata/pg_wal"))) {
      return files
          .filter(Files::isRegularFile)
          .mapToLong(file -> {
            try {
              return Files.size(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          })
          .sum();
    } catch (IOException e) {
      throw new AssertionError("pg_wal", e);
    }
  }
}
