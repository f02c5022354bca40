package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.postgres.Lsn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A hot standby on the shim, which replays the WAL that another server on the shim has left.
class ReplicaShimTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int BLOCK = 3;

  @TempDir Path directory;

  /// Replay reads pages that it wrote before, and a pageserver that cannot say whether they are
  /// right is no reason to end the server.
  @Test
  void replayWaitsForAComparisonThatIsRefused() throws Exception {
    Cluster cluster =
        Cluster.create(
            directory,
            "create table t as select g i, repeat('f', 1000) f from generate_series(1, 3000) g;");
    String file;
    Lsn end;
    Path wal;
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages());
        ShimServer primary =
            ShimServer.start(
                directory.resolve("primary"),
                cluster,
                pages.address(),
                Map.of("checkpoint_timeout", "1h"))) {
      // twice, with more pages than the replica has buffers
      primary.execute("update t set i = i + 1", "vacuum t", "update t set i = i + 1");
      file = primary.value("select pg_relation_filenode('t')");
      end = Lsn.parse(primary.value("select pg_current_wal_flush_lsn()"));
      wal = primary.data.resolve("pg_wal");
    }
    AtomicInteger served = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    WalPages replayed =
        new WalPages(cluster.data(), wal, cluster.bootLsn().value(), cluster.systemId());
    ReentrantLock lock = new ReentrantLock();
    FakePageService.Pages pages =
        (request, target) -> {
          boolean watched =
              Integer.toString(request.relation().relNode()).equals(file)
                  && request.fork() == 0
                  && request.block() == BLOCK;
          if (watched && served.getAndIncrement() > 0 && refused.incrementAndGet() <= 2) {
            throw new FakePageService.RefusedException("not now");
          }
          lock.lock();
          try {
            replayed.replayTo(request.header().notModifiedSinceLsn());
            replayed.read(request.relation(), request.fork(), request.block(), target);
          } finally {
            lock.unlock();
          }
        };
    try (FakePageService service = FakePageService.start(pages);
        ShimServer replica =
            ShimServer.follow(
                directory.resolve("replica"),
                cluster,
                wal,
                service.address(),
                Map.of(
                    "max_connections",
                    "100",
                    "shared_buffers",
                    "1MB",
                    "neon.debug_compare_local",
                    "all"))) {
      await()
          .atMost(TIMEOUT)
          .until(() -> Lsn.parse(replica.value("select pg_last_wal_replay_lsn()")).isAtLeast(end));

      assertThat(replica.value("select sum(i) from t"))
          .isEqualTo(Long.toString(3000L * 3001 / 2 + 2 * 3000));
      assertThat(refused.get()).isGreaterThan(1);
      assertThat(Files.readString(replica.log))
          .contains("replay waits for block " + BLOCK + " of relation base/")
          .contains("not now");
    }
  }
}
