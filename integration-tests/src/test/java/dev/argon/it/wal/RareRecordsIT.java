package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.process.PostgresPrograms;
import dev.argon.it.process.TestDirectory;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.redo.load.RareLoad;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The records that PostgreSQL's own suites do not make a server write.
class RareRecordsIT {

  private final Path directory = TestDirectory.create("rare");

  @AfterEach
  void removeFiles() {
    TestDirectory.delete(directory);
  }

  /// §14.
  @Test
  void rareRecordsAreReplayed() throws Exception {
    TestDirectory.giveToPostgres(directory);
    try (StockCluster cluster = StockCluster.createIn(directory)) {
      Corpus corpus =
          new Corpus(directory.resolve("base"), cluster.data().resolve("pg_wal"), cluster.data());
      RareLoad.run(cluster, corpus.base());
      Path out = directory.resolve("out");

      WalVerification verification =
          WalVerification.run(corpus.base(), corpus.wal(), "--out", out.toString());

      verification.good();
      assertThat(verification.records()).containsKeys(RARE);
      verification.keepAs("rare");
      EndStateCheck.check(
          out,
          corpus,
          "max_prepared_transactions = 5",
          "allow_in_place_tablespaces = on",
          "track_commit_timestamp = on");
    }
  }

  /// Only with `wal_level = minimal` has a GiST index pages whose position in the log is made up.
  @Test
  void aLogOfLevelMinimalIsReplayedFromACopyOfAStoppedServer() throws Exception {
    TestDirectory.giveToPostgres(directory);
    try (StockCluster cluster = StockCluster.createIn(directory)) {
      Corpus corpus =
          new Corpus(directory.resolve("base"), cluster.data().resolve("pg_wal"), cluster.data());
      Command.of("cp", "-a", cluster.data().toString(), corpus.base().toString())
          .run(Duration.ofMinutes(1))
          .ok();
      RareLoad.runMinimal(cluster);
      Path out = directory.resolve("out");

      WalVerification verification =
          WalVerification.run(corpus.base(), corpus.wal(), "--out", out.toString());

      verification.good();
      assertThat(withoutCheckpoints(verification.records()))
          .containsKey("Gist/ASSIGN_LSN")
          .isEqualTo(statistics(corpus));
      verification.keepAs("minimal");
      EndStateCheck.check(out, corpus, "wal_level = minimal", "max_wal_senders = 0");
    }
  }

  /// What `pg_waldump` counts from the base's checkpoint on. Whether that one counts is a matter of
  /// taste.
  private static Map<String, Long> statistics(Corpus corpus) throws Exception {
    byte[] control = Files.readAllBytes(corpus.base().resolve("global/pg_control"));
    String start = Lsn.toString(ControlFile.read(control).checkPointLsn());
    Command.Result result =
        Command.of(PostgresPrograms.path("pg_waldump"), "--stats=record", "-s", start, "-p")
            .plus(corpus.wal().toString())
            .run(Duration.ofMinutes(2));
    return withoutCheckpoints(RecordTypes.statistics(result.out()));
  }

  private static Map<String, Long> withoutCheckpoints(Map<String, Long> records) {
    Map<String, Long> others = new TreeMap<>(records);
    others.remove("XLOG/CHECKPOINT_SHUTDOWN");
    return others;
  }

  private static final String[] RARE = {
    "XLOG/SWITCH",
    "XLOG/BACKUP_END",
    "XLOG/PARAMETER_CHANGE",
    "XLOG/RESTORE_POINT",
    "XLOG/FPW_CHANGE",
    "XLOG/END_OF_RECOVERY",
    "XLOG/OVERWRITE_CONTRECORD",
    "XLOG/FPI_FOR_HINT",
    "CLOG/ZEROPAGE",
    "CLOG/TRUNCATE",
    "CommitTs/ZEROPAGE",
    "CommitTs/TRUNCATE",
    "MultiXact/ZERO_OFF_PAGE",
    "MultiXact/ZERO_MEM_PAGE",
    "MultiXact/TRUNCATE_ID",
    "Database/CREATE_FILE_COPY",
    "Tablespace/CREATE",
    "Tablespace/DROP",
    "Transaction/INVALIDATION",
    "ReplicationOrigin/SET",
    "ReplicationOrigin/DROP",
    "LogicalMessage/MESSAGE",
    "Heap/TRUNCATE",
    "Heap2/NEW_CID",
    "Heap2/REWRITE",
    "Btree/REUSE_PAGE",
    "Hash/MOVE_PAGE_CONTENTS",
    "Hash/VACUUM_ONE_PAGE",
    "Gin/DELETE_PAGE",
    "Gin/VACUUM_PAGE",
    "Gin/VACUUM_DATA_LEAF_PAGE",
    "Gist/DELETE",
    "Gist/PAGE_REUSE",
    "Gist/PAGE_DELETE",
    "SPGist/VACUUM_ROOT"
  };
}
