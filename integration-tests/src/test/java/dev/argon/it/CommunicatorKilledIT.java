package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The compute's JVM, or a backend whose page is under way, is killed: PostgreSQL stops with a
/// clear message, and the endpoint starts again by itself (no `up`, no `endpoint start`) and is
/// whole.
class CommunicatorKilledIT {

  private static final Duration TOGETHER = Duration.ofSeconds(30);
  private static final Duration AGAIN = Duration.ofSeconds(90);
  private static final String UNDER_WAY = "compute_pages{counter=\"getpage_under_way\"}";
  private static final String SUM = "select count(*) || ' ' || sum(id) || ' ' || sum(n) from t";

  /// RS-10, CM-1.
  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void endpointStartsAgainByItself() throws SQLException, IOException {
    try (Stack stack = new Stack("communicator-killed")) {
      stack.up();
      stack.set("neon.file_cache_size_limit=0", "shared_buffers=1MB");
      ConnectionSource source = stack.source();
      source.execute(
          "create table t (id int primary key, n int, filler text)",
          "insert into t select g, 0, repeat('x', 500) from generate_series(1, 20000) g");
      long updates = 0;

      for (int kill = 0; kill < 2; kill++) {
        source.execute("update t set n = n + 1 where id % 2 = 0");
        updates++;
        long begin = System.nanoTime();
        long postmaster = stack.postmasters().getFirst().pid();
        RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
        RunningProcess.awaitEnd(postmaster, TOGETHER);
        awaitAgain(stack, source, postmaster);
        System.out.printf(
            "CommunicatorKilledIT: JVM killed, first query after %d ms%n",
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        assertThat(source.string(SUM)).isEqualTo("20000 200010000 " + updates * 10_000);
      }
      assertThat(logsThatSay(stack, "the compute process ended")).isNotEmpty();

      source.execute("update t set n = n + 1 where id % 2 = 0", "vacuum t");
      updates++;
      long postmaster = stack.postmasters().getFirst().pid();
      killBackendWithItsPageUnderWay(stack, source);
      RunningProcess.awaitEnd(postmaster, TOGETHER);
      awaitAgain(stack, source, postmaster);

      assertThat(source.string(SUM)).isEqualTo("20000 200010000 " + updates * 10_000);
      Amcheck.verify(source);
      stack.downAndNothingIsLeft();
    }
  }

  private static void killBackendWithItsPageUnderWay(Stack stack, ConnectionSource source)
      throws SQLException {
    long pageserver = stack.jvms("PageserverMain").getFirst().pid();
    String reads =
        "do $$ begin for i in 1..1000000 loop perform sum(length(filler)) from t; end loop; end $$";
    try (PendingStatement read = PendingStatement.send("reads", source, "select 1", reads)) {
      RunningProcess.signal(pageserver, "STOP");
      Awaitility.await()
          .atMost(TOGETHER)
          .until(() -> stack.computeMetrics().getOrDefault(UNDER_WAY, 0.0) > 0);
      assertThat(read.isAnswered()).isFalse();
      RunningProcess.kill(read.backendPid());
      RunningProcess.signal(pageserver, "CONT");
      Awaitility.await().atMost(TOGETHER).until(read::isAnswered);
      assertThat(read.isAcknowledged()).isFalse();
    }
  }

  private static void awaitAgain(Stack stack, ConnectionSource source, long before) {
    Awaitility.await()
        .atMost(AGAIN)
        .until(() -> stack.postmasters().stream().anyMatch(server -> server.pid() != before));
    stack.awaitServer(source);
  }

  private static List<Path> logsThatSay(Stack stack, String text) throws IOException {
    try (Stream<Path> files = Files.walk(stack.data())) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .filter(file -> says(file, text))
          .toList();
    }
  }

  private static boolean says(Path file, String text) {
    try {
      return Files.readString(file).contains(text);
    } catch (IOException e) {
      return false;
    }
  }
}
