package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.support.StockCluster;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A commit that waits for the quorum is not acknowledged by a cancel (§18).
class CommitWaitTest {

  private static final String WAITING =
      "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";

  private static final String SUPERUSER = StockCluster.SUPERUSER;

  @TempDir Path directory;

  /// §18.
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
      try (Standby _ = proposer(server)) {
        assertThat(timedOut.get(30, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(cancelled.get(30, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(prepared.get(30, TimeUnit.SECONDS)).isEqualTo("done");
      }
      CompletableFuture<String> secondPhase =
          answer(server, "set statement_timeout = 300", "commit prepared 'p'");
      awaitWaiting(server, 1);
      server.execute("select pg_sleep(1)");
      assertThat(secondPhase).isNotDone();
      try (Standby _ = proposer(server)) {
        assertThat(secondPhase.get(30, TimeUnit.SECONDS)).isEqualTo("done");
      }
      assertThat(server.value("select count(*) from before where i < 0")).isEqualTo("3");
      assertThat(server.memory.serverCounters().cancelsHeld()).isGreaterThanOrEqualTo(4);
      assertThat(Files.readString(server.log)).doesNotContain("canceling wait");
    }
  }

  /// §18.
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

  /// §18.
  @Test
  void nobodyElseIsTheStandby() throws Exception {
    Cluster cluster = Cluster.create(directory);
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer server =
            ShimServer.start(
                directory.resolve("shim"),
                cluster,
                pages.address(),
                // Not this process, so all sessions of this test are strangers'.
                Map.of("synchronous_standby_names", "walproposer", "neon.proposer_pid", "1"))) {
      server.execute(
          "set synchronous_commit = local",
          "create role renamed login superuser replication",
          "alter role renamed set application_name = 'walproposer'");
      CompletableFuture<String> commit = answer(server, "insert into before values (-1)");
      awaitWaiting(server, 1);
      PgClientSettings session = server.session(SUPERUSER, "postgres").withReplication();

      List.of(
              session.with("application_name", "walproposer"),
              session.with("application_name", "WalProposer"),
              session.with("options", "-c application_name=walproposer"))
          .forEach(settings ->
              assertThatThrownBy(() -> new Standby(settings).close())
                  .hasMessageContaining("invalid value for parameter \"application_name\""));
      try (PgClient client =
          PgClient.connect(server.session(SUPERUSER, "postgres").with("replication", "database"))) {
        assertThatThrownBy(() -> client.query("set application_name = 'walproposer'"))
            .hasMessageContaining("invalid value for parameter \"application_name\"");
      }
      try (Standby _ = new Standby(server.session("renamed", "postgres").withReplication())) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(
                () ->
                    server.value(
                        "select sync_state from pg_stat_replication where flush_lsn > '0/1'"),
                "async"::equals);
        assertThat(commit).isNotDone();
      }
    }
  }

  /// This process is the one that the server was told of.
  private static Standby proposer(ShimServer server) throws IOException, PgErrorException {
    return new Standby(
        server
            .session(SUPERUSER, "postgres")
            .with("application_name", "walproposer")
            .withReplication());
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
  private static final class Standby implements AutoCloseable {

    private final PgClient client;

    Standby(PgClientSettings settings) throws IOException, PgErrorException {
      client = PgClient.connect(settings);
      Lsn end = Lsn.parse(client.query("IDENTIFY_SYSTEM").rows().getFirst().get(2));
      CopyStream stream = client.copyBoth("START_REPLICATION PHYSICAL " + end);
      Thread.ofVirtual().start(() -> serve(stream, end.value()));
    }

    private static void serve(CopyStream stream, long from) {
      long end = from;
      try {
        do {
          ByteBuffer report = ByteBuffer.allocate(1 + 4 * Long.BYTES + 1).put((byte) 'r');
          report.putLong(end).putLong(end).putLong(end).putLong(0).put((byte) 0).flip();
          stream.writer().copyData(report);
          stream.writer().flush();
          if (!stream.receive()) {
            return;
          }
          ByteBuffer message = stream.payload();
          if (message.get() == 'w') {
            end = message.getLong() + message.remaining() - 2 * Long.BYTES;
          }
        } while (true);
      } catch (IOException | PgErrorException e) {
        // closed
      }
    }

    @Override
    public void close() {
      client.close(); // the thread ends by that
    }
  }
}
