package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.command;
import static dev.argon.compute.support.StockCluster.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.memory.ServerCounters;
import dev.argon.compute.support.StockCluster;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ControlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stock PostgreSQL through the shim, with pages from a plain copy of a stopped cluster.
class ShimServerTest {

  /// A shutdown checkpoint of version 15: 114 bytes, aligned.
  private static final int CHECKPOINT_RECORD_BYTES = 120;

  @TempDir Path directory;

  @Test
  void serverOnHolesAnswersQueriesAndTakesWrites() throws Exception {
    run("chmod", "755", directory.toString());
    StockCluster cluster = StockCluster.create(directory);
    ControlFile control =
        ControlFile.read(Files.readAllBytes(cluster.data().resolve("global/pg_control")));
    Lsn boot = new Lsn(control.checkPointLsn() + CHECKPOINT_RECORD_BYTES);
    try (PageCopyServer pages = PageCopyServer.start(cluster.data(), boot.value(), 0);
        ShimServer server =
            ShimServer.start(
                directory.resolve("shim"), cluster.data(), boot, pages.address(), Map.of())) {

      assertThat(server.value("select count(*) from before")).isEqualTo("1000");
      server.execute(
          "create table t (i int primary key, x text)",
          "insert into t select i, repeat('y', 200) from generate_series(1, 20000) i",
          "update t set x = 'z' where i % 3 = 0",
          "delete from t where i % 5 = 0",
          "vacuum t",
          "create unlogged table u as select * from t",
          "create index on u (x)",
          "create database other",
          "checkpoint");
      assertThat(server.value("select count(*) from t where x = 'z'")).isEqualTo("5333");
      assertThat(server.value("select count(*) from u")).isEqualTo("16000");
      server.execute("drop database other", "drop table u", "truncate t");
      String said =
          run(
              command(
                      StockCluster.BIN.resolve("pg_amcheck").toString(),
                      "-h",
                      server.sockets.toString(),
                      "-U",
                      StockCluster.SUPERUSER,
                      "--install-missing",
                      "--heapallindexed",
                      "-d",
                      "postgres")
                  .toArray(String[]::new));
      assertThat(said).isEmpty();

      ServerCounters counters = server.memory.serverCounters();
      System.out.println(counters + " " + server.communicator.counters());
      assertThat(counters.misses()).isPositive();
      assertThat(counters.zeroPageErrors()).isZero();
      server.stop();
      assertThat(Files.readString(server.log)).doesNotContain("ERROR").contains("shut down");
    }
  }
}
