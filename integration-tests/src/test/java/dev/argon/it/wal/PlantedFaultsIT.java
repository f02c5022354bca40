package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.process.TestDirectory;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.postgres.wal.WalStreamDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What `wal verify` proves would be worth nothing if it could not fail: faults planted in a base
/// and in a log, which without them are good.
class PlantedFaultsIT {

  private static final Path DIRECTORY = TestDirectory.create("faults");

  private static Path base = DIRECTORY;
  private static Path wal = DIRECTORY;
  private static String table = "";

  /// Pages are changed without a full image first: nothing hides what is wrong with the base.
  @BeforeAll
  static void runServer() throws Exception {
    TestDirectory.giveToPostgres(DIRECTORY);
    StockCluster cluster = StockCluster.createIn(DIRECTORY);
    try (cluster) {
      cluster.start("autovacuum=off");
      cluster.sql(
          "CREATE TABLE t AS SELECT g AS id, repeat('x', 100) AS pad FROM generate_series(1, 500)"
              + " g");
      table = cluster.sql("SELECT pg_relation_filepath('t')");
      cluster.stop();
      base = DIRECTORY.resolve("base");
      copy(cluster.data(), base);
      cluster.start(
          "autovacuum=off",
          "full_page_writes=off",
          "wal_compression=lz4",
          "wal_consistency_checking=all",
          "wal_keep_size=1GB");
      cluster.sql("UPDATE t SET id = id + 1000 WHERE id % 3 = 0");
      cluster.sql(
          "DO $$ BEGIN FOR i IN 1..50 LOOP INSERT INTO t VALUES (i, 'new'); END LOOP; END $$");
      cluster.stop();
      wal = DIRECTORY.resolve("wal");
      copy(cluster.data().resolve("pg_wal"), wal);
    }
  }

  @AfterAll
  static void removeFiles() {
    TestDirectory.delete(DIRECTORY);
  }

  @Test
  void withoutAFaultThereIsNothingToFind() {
    assertThat(WalVerification.run(base, wal).good().compared()).isGreaterThan(200);
  }

  @Test
  void oneByteOfAPageOfTheBaseIsFound() throws Exception {
    Path file = base.resolve(table);
    byte[] whole = Files.readAllBytes(file);
    byte[] changed = whole.clone();
    changed[8100] ^= 0x01;
    Files.write(file, changed);

    WalVerification verification = WalVerification.run(base, wal);

    Files.write(file, whole);
    assertThat(verification.exitCode()).isNotZero();
    assertThat(verification.findings()).as("said once, not with every later record").isEqualTo(1);
    assertThat(verification.report().at("good").value()).isEqualTo(false);
    assertThat(verification.report().at("findings").list().getFirst().at("kind").text())
        .isEqualTo("mismatch");
    assertThat(verification.report().at("findings").list().getFirst().at("offset").number())
        .isEqualTo(8100);
  }

  /// An insertion becomes a record that does nothing, of the same length and with a good checksum.
  @Test
  void oneRecordThatIsLeftOutIsFound() throws Exception {
    ControlFile control = ControlFile.read(Files.readAllBytes(base.resolve("global/pg_control")));
    WalLayout layout = WalLayout.v15(control.systemIdentifier());
    long start = control.checkPointLsn();
    String name = layout.segmentFileName(1, layout.segmentNumber(start));
    byte[] segment = Files.readAllBytes(wal.resolve(name));
    byte[] changed = segment.clone();
    leaveOutInsertion(changed, start, layout);
    Files.write(wal.resolve(name), changed);

    WalVerification verification = WalVerification.run(base, wal);

    Files.write(wal.resolve(name), segment);
    assertThat(verification.exitCode()).isNotZero();
    assertThat(verification.findings()).as("said once, not with every later record").isEqualTo(1);
    assertThat(verification.records()).containsEntry("XLOG/NOOP", 1L);
  }

  private static void leaveOutInsertion(byte[] segment, long start, WalLayout layout)
      throws CorruptDataException {
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(start, layout);
    int from = layout.segmentOffset(start);
    decoder.feed(segment, from, segment.length - from);
    while (decoder.next()) {
      WalRecord record = decoder.record();
      int at = layout.segmentOffset(decoder.recordStartLsn());
      boolean inOnePage = WalLayout.pageOffset(decoder.recordStartLsn()) + record.length() <= 8192;
      boolean inserts = record.resourceManager() == ResourceManager.HEAP && record.info() == 0;
      if (inserts && inOnePage && record.length() > 24 + 5 + 255) {
        byte[] nothing = new byte[record.length() - 24 - 5];
        byte[] noop =
            WalRecordWriter.record(
                ResourceManager.XLOG, 0x20, 0, record.prevLsn(), List.of(), nothing);
        System.arraycopy(noop, 0, segment, at, noop.length);
        return;
      }
    }
    throw new AssertionError("no insertion in the log");
  }

  private static void copy(Path from, Path to) {
    Command.of("cp", "-a", from.toString(), to.toString()).run(Duration.ofMinutes(1)).ok();
  }
}
