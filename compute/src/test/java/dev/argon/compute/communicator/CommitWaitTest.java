package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.support.StockCluster;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A commit that waits for the quorum is not acknowledged by a cancel.
class CommitWaitTest {

  private static final String WAITING =
      "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";

  @TempDir Path directory;

  @Test
  void cancelledCommitWaitsOn() throws Exception {
    Cluster cluster = Cluster.create(directory);
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer server =
            ShimServer.start(
                directory.resolve("shim"),
                cluster,
                pages.address(),
                Map.of("synchronous_standby_names", "walproposer"))) {
      CompletableFuture<String> timedOut =
          answer(server, "set statement_timeout = 300", "insert into before values (-1)");
      CompletableFuture<String> cancelled = answer(server, "insert into before values (-2)");
      CompletableFuture<String> prepared =
          answer(
              server,
              "set statement_timeout = 300; begin; insert into before values (-3);"
                  + " prepare transaction 'p'");
      awaitWaiting(server, 3);

      server.execute(
          "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
      server.execute(
          "select pg_cancel_backend(pid), pg_sleep(1) from pg_stat_activity"
              + " where wait_event = 'SyncRep'");

      assertThat(server.value(WAITING)).isEqualTo("3");
      assertThat(timedOut).isNotDone();
      assertThat(cancelled).isNotDone();
      assertThat(prepared).isNotDone();
      try (Quorum _ = new Quorum(server)) {
        assertThat(timedOut.get(30, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(cancelled.get(30, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(prepared.get(30, TimeUnit.SECONDS)).isEqualTo("done");
      }
      CompletableFuture<String> secondPhase =
          answer(server, "set statement_timeout = 300", "commit prepared 'p'");
      awaitWaiting(server, 1);
      server.execute("select pg_sleep(1)");
      assertThat(secondPhase).isNotDone();
      try (Quorum _ = new Quorum(server)) {
        assertThat(secondPhase.get(30, TimeUnit.SECONDS)).isEqualTo("done");
      }
      assertThat(server.value("select count(*) from before where i < 0")).isEqualTo("3");
      assertThat(server.memory.serverCounters().cancelsHeld()).isGreaterThanOrEqualTo(4);
      assertThat(Files.readString(server.log)).doesNotContain("canceling wait");
    }
  }

  @Test
  void cancelBeforeTheCommitStillWorks() throws Exception {
    Cluster cluster = Cluster.create(directory);
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer server =
            ShimServer.start(directory.resolve("shim"), cluster, pages.address(), Map.of())) {

      assertThat(
              answer(
                      server,
                      "insert into before values (1)",
                      "set statement_timeout = 200",
                      "select pg_sleep(30)")
                  .get(20, TimeUnit.SECONDS))
          .contains("canceling statement due to statement timeout");
      assertThat(
              answer(
                      server,
                      "set statement_timeout = 200",
                      "do $$ begin loop insert into before values (-9); commit; end loop; end $$")
                  .get(20, TimeUnit.SECONDS))
          .contains("canceling statement due to statement timeout");
    }
  }

  private static void awaitWaiting(ShimServer server, int count) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> server.value(WAITING).equals(Integer.toString(count)));
  }

  /// Runs statements in one session: "done", or the error.
  private static CompletableFuture<String> answer(ShimServer server, String... statements) {
    CompletableFuture<String> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (PgClient client = server.connect("postgres")) {
            for (String statement : statements) {
              var _ = client.query(statement);
            }
            result.complete("done");
          } catch (IOException | PgErrorException e) {
            result.complete(String.valueOf(e.getMessage()));
          }
        });
    return result;
  }

  /// Takes WAL and says that it is safe.
  private static final class Quorum implements AutoCloseable {

    private final Process process;

    Quorum(ShimServer server) throws IOException, InterruptedException {
      Path wal = Files.createTempDirectory(server.data.getParent(), "wal");
      var _ = StockCluster.run("chown", "postgres:", wal.toString());
      process =
          new ProcessBuilder(
                  command(
                      StockCluster.BIN.resolve("pg_receivewal").toString(),
                      "-D",
                      wal.toString(),
                      "--synchronous",
                      "--no-loop",
                      "-d",
                      "host="
                          + server.sockets
                          + " user="
                          + StockCluster.SUPERUSER
                          + " application_name=walproposer"))
              .inheritIO()
              .start();
    }

    @Override
    public void close() {
      process.destroy();
      var _ = process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
    }
  }
}
