package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.process.Command;
import dev.argon.it.process.TestDirectory;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.server.StockCluster;
import dev.argon.redo.load.MixedLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `argon wal verify` on logs of a mixed load over all access methods.
class WalVerifyIT {

  private static final String[] SERVER_NEEDS = {"max_prepared_transactions = 5"};

  private final Path directory = TestDirectory.create("verify");

  @BeforeEach
  void letPostgresIn() {
    TestDirectory.giveToPostgres(directory);
  }

  @AfterEach
  void removeFiles() {
    TestDirectory.delete(directory);
  }

  /// Pages of the backup are older and newer than the record that is replayed, until its end.
  @Test
  void aBackupTakenUnderLoadIsReplayed() throws Exception {
    try (StockCluster cluster = StockCluster.createIn(directory, "--data-checksums")) {
      start(cluster, "wal_level=logical", "wal_compression=zstd");
      MixedLoad.setUp(cluster);
      Path base = directory.resolve("base");
      inBackground(
          () -> {
            MixedLoad.runSessions(cluster);
            return "";
          },
          () -> backUp(cluster, base, "--max-rate=6M"));
      MixedLoad.finish(cluster);
      cluster.stop();
      Corpus corpus = new Corpus(base, cluster.data().resolve("pg_wal"), cluster.data());
      Path out = directory.resolve("out");

      WalVerification verification =
          WalVerification.run(corpus.base(), corpus.wal(), "--out", out.toString());

      verification.good();
      assertThat(verification.compared()).isGreaterThan(100_000);
      verification.keepAs("mixed");
      EndStateCheck.check(out, corpus, SERVER_NEEDS);
    }
  }

  /// The log ends where PostgreSQL's own recovery ends it, and what the recovered server writes
  /// then goes on from there.
  @Test
  void aServerKilledInTheMiddleOfTheLoadIsReplayedUpToItsTornTail() throws Exception {
    try (StockCluster cluster = StockCluster.createIn(directory)) {
      start(cluster);
      Path base = directory.resolve("base");
      backUp(cluster, base);
      MixedLoad.setUp(cluster);
      Path wal = cluster.data().resolve("pg_wal");
      long before = sizeOf(wal);
      assertThatThrownBy(() ->
              inBackground(
                  () -> {
                    MixedLoad.runSessions(cluster);
                    return "";
                  },
                  () -> {
                    awaitSize(wal, before + (200L << 20));
                    cluster.kill();
                    return "";
                  }))
          .hasMessageContaining("psql");
      Path torn = directory.resolve("torn");
      copy(wal, torn);

      WalVerification verification = WalVerification.run(base, torn);

      verification.good();
      start(cluster, "autovacuum=off");
      assertThat(verification.end()).isEqualTo(endAsRecoverySawIt(cluster));
      cluster.stop();
      Path out = directory.resolve("out");
      WalVerification afterRecovery = WalVerification.run(base, wal, "--out", out.toString());
      afterRecovery.good();
      EndStateCheck.check(out, new Corpus(base, wal, cluster.data()), SERVER_NEEDS);
    }
  }

  /// Where the recovered server wrote its first record: behind the last whole one. If half of a
  /// record was there it goes on behind that and says where it began.
  private static Lsn endAsRecoverySawIt(StockCluster cluster) throws Exception {
    Matcher last = Pattern.compile("redo done at ([0-9A-F/]+)").matcher(cluster.log());
    assertThat(last.find()).as(cluster.log()).isTrue();
    String wal = cluster.data().resolve("pg_wal").toString();
    String records = cluster.program("pg_waldump", "-p", wal, "-s", last.group(1), "-n", "2");
    String next = records.lines().skip(1).findFirst().orElseThrow();
    Matcher lost = Pattern.compile("OVERWRITE_CONTRECORD lsn ([0-9A-F/]+)").matcher(next);
    Matcher begin = Pattern.compile("lsn: ([0-9A-F/]+)").matcher(next);
    System.out.println("first record after recovery: " + next);
    assertThat(begin.find()).as(next).isTrue();
    return Lsn.parse(lost.find() ? lost.group(1) : begin.group(1));
  }

  private static void start(StockCluster cluster, String... more) throws Exception {
    String[] settings = {
      "wal_consistency_checking=all",
      "wal_keep_size=20GB",
      "max_wal_size=1GB",
      "max_prepared_transactions=5",
      "max_wal_senders=4"
    };
    cluster.start(Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new));
  }

  private static String backUp(StockCluster cluster, Path base, String... more) throws Exception {
    String[] options = {"-D", base.toString(), "-c", "fast", "-X", "none", "--no-sync"};
    return cluster.client(
        "pg_basebackup", Stream.concat(Stream.of(options), Stream.of(more)).toArray(String[]::new));
  }

  /// Runs both at once.
  private static void inBackground(Callable<String> load, Callable<String> meanwhile)
      throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> running = executor.submit(load);
      try {
        meanwhile.call();
      } finally {
        running.get(3, TimeUnit.MINUTES);
      }
    }
  }

  private static void awaitSize(Path wal, long size) {
    Awaitility.await("log of " + size + " bytes")
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> sizeOf(wal) >= size);
  }

  private static long sizeOf(Path wal) throws IOException {
    try (Stream<Path> files = Files.list(wal)) {
      return files.filter(Files::isRegularFile).count() << 24;
    }
  }

  private static void copy(Path from, Path to) {
    Command.of("cp", "-a", from.toString(), to.toString()).run(Duration.ofMinutes(2)).ok();
  }
}
