package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.safekeeper.FaultLayer.Call;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import dev.argon.it.stack.TestForm;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Disks of safekeepers that are full or fail, under load: commits stall or go on with the others,
/// and nothing that was acknowledged is lost.
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class DiskFaultIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// Long enough for a commit that could still be acknowledged to be.
  private static final Duration QUIET = Duration.ofSeconds(3);

  private static final int DISK_FAILED = 6;
  private static final String SEGMENTS = "/0000000100";
  private static final String CONTROL = "safekeeper.control.partial";

  private static Stack stack;
  private static FaultLayer layer;
  private static Ledger ledger;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("fault");
    layer = new FaultLayer(stack.workspace());
    stack.with(layer.environment());
    stack.up();
    ledger = new Ledger(stack.source(), 4, TestForm.seed("DiskFaultIT"), 5);
    ledger.createTables();
  }

  @AfterAll
  static void close() throws SQLException {
    try {
      Amcheck.verify(stack.source());
    } finally {
      ledger.close();
      stack.close();
    }
  }

  @BeforeEach
  void load() {
    ledger.start();
    ledger.awaitProgress(3, LIMIT);
  }

  @AfterEach
  void nothingIsLost() throws SQLException {
    layer.clear();
    stack.up();
    ledger.awaitProgress(3, LIMIT);
    ledger.stop();
    System.out.println("DiskFaultIT: " + ledger.verify());
  }

  private static String directory(int safekeeper) {
    return "/safekeeper-" + safekeeper;
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void fullDiskOfOneIsSaidSoAndTheOthersGoOn() {
    List<FaultLayer.Rule> rules = fill(2);

    Awaitility.await("status says that the disk is full")
        .atMost(LIMIT)
        .pollInterval(200, TimeUnit.MILLISECONDS)
        .until(() -> reasons(2).contains("full"));
    ledger.awaitProgress(20, LIMIT);
    assertThat(rules).anyMatch(rule -> rule.hits() > 0);

    layer.clear();
    awaitCaughtUp(2);
    assertThat(reasons(2)).doesNotContain("full");
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void fullDisksOfTwoStallCommitsUntilThereIsRoom() {
    fill(1);
    fill(3);

    awaitStall();

    layer.clear();
    ledger.awaitProgress(5, LIMIT); // by itself: nothing was restarted
  }

  @Test
  @Timeout(value = 4, unit = TimeUnit.MINUTES)
  void failedWriteOrSyncEndsTheProcessAndTheOthersGoOn() {
    for (String file : List.of(SEGMENTS, CONTROL)) {
      for (Call call : List.of(Call.SYNC, Call.WRITE)) {
        OwnSafekeeper second = OwnSafekeeper.replace(stack, 2, Map.of());
        awaitCaughtUp(2);
        FaultLayer.Rule rule = layer.fail(file(2, file), call, FaultLayer.EIO);

        assertThat(second.awaitEnd(LIMIT)).as("%s of %s", call, file).isEqualTo(DISK_FAILED);

        assertThat(rule.hits()).isPositive();
        assertThat(second.logContains("what is on disk is not known")).isTrue();
        ledger.awaitProgress(3, LIMIT);
        layer.clear();
        stack.up();
      }
    }
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void failedSyncsOfTwoStallCommitsUntilTheyAreStartedAgain() {
    long first = OwnSafekeeper.find(stack, 1).pid();
    long third = OwnSafekeeper.find(stack, 3).pid();
    layer.fail(file(1, SEGMENTS), Call.SYNC, FaultLayer.EIO);
    layer.fail(file(3, SEGMENTS), Call.SYNC, FaultLayer.EIO, 3);
    RunningProcess.awaitEnd(first, LIMIT);
    RunningProcess.awaitEnd(third, LIMIT);

    awaitStall();

    layer.clear();
    stack.up();
    ledger.awaitProgress(5, LIMIT);
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void writesAndReadsThatDoHalfOfWhatTheyAreAskedAreGoneOnWith() {
    List<FaultLayer.Rule> rules = new ArrayList<>();
    for (int number = 1; number <= 3; number++) {
      rules.add(layer.halve(directory(number) + "/", Call.WRITE));
      rules.add(layer.halve(directory(number) + "/", Call.READ));
    }

    ledger.awaitProgress(20, LIMIT);
    RunningProcess.kill(OwnSafekeeper.find(stack, 3).pid());
    stack.up();
    awaitCaughtUp(3);

    assertThat(rules).filteredOn(rule -> rule.hits() > 0).hasSizeGreaterThanOrEqualTo(4);
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void failedReadsEndStreamsOfReadersAndNothingElse() {
    List<Long> before = pids();
    List<FaultLayer.Rule> rules = new ArrayList<>();
    for (int number = 1; number <= 3; number++) {
      rules.add(layer.fail(file(number, SEGMENTS), Call.READ, FaultLayer.EIO));
    }

    Awaitility.await("a reader meets it")
        .atMost(LIMIT)
        .until(() -> rules.stream().anyMatch(rule -> rule.hits() > 2));
    assertThat(pids()).as("no safekeeper has ended").isEqualTo(before);

    layer.clear();
    // a compute that starts now needs every page as of the log's end
    RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
    stack.up();
    ledger.awaitProgress(5, LIMIT);
  }

  // ---- faults ----

  /// A part of the path of such a file of a safekeeper. Between the safekeeper's directory and the
  /// file stand tenant and timeline, which are the same for all of the stack.
  private static String file(int safekeeper, String file) {
    StackProcess process = stack.process("safekeeper-" + safekeeper);
    var timeline = process.all().at("timelines").list().getFirst();
    return "%s/%s/%s%s"
        .formatted(
            directory(safekeeper),
            timeline.at("tenant_id").text(),
            timeline.at("timeline_id").text(),
            file.startsWith("/") ? file : "/" + file);
  }

  /// No room for anything any more.
  private static List<FaultLayer.Rule> fill(int safekeeper) {
    return List.of(
        layer.fail(directory(safekeeper), Call.ROOM, 0),
        layer.fail(file(safekeeper, SEGMENTS), Call.WRITE, FaultLayer.ENOSPC));
  }

  // ---- what must come of them ----

  /// Waits until nothing is acknowledged any more.
  private static void awaitStall() {
    long[] seen = {-1, System.nanoTime()};
    Awaitility.await("commits stall")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() -> {
          long now = ledger.acknowledged();
          if (now != seen[0]) {
            seen[0] = now;
            seen[1] = System.nanoTime();
          }
          return System.nanoTime() - seen[1] > QUIET.toNanos();
        });
  }

  private static String reasons(int safekeeper) {
    return stack.process("safekeeper-" + safekeeper).reasons().toString().toLowerCase(Locale.ROOT);
  }

  private static List<Long> pids() {
    return stack.processes("safekeeper").stream().map(StackProcess::pid).toList();
  }

  private static void awaitCaughtUp(int safekeeper) {
    long commit = lsn(safekeeper % 3 + 1, "commit_lsn");
    Awaitility.await("safekeeper " + safekeeper + " has all that is committed")
        .atMost(LIMIT)
        .pollInterval(200, TimeUnit.MILLISECONDS)
        .ignoreExceptionsInstanceOf(AssertionError.class)
        .until(() -> lsn(safekeeper, "flush_lsn") >= commit);
  }

  private static long lsn(int safekeeper, String name) {
    return dev.argon.postgres.Lsn.parse(
            stack
                .process("safekeeper-" + safekeeper)
                .all()
                .at("timelines")
                .list()
                .getFirst()
                .at("lsns")
                .at(name)
                .text())
        .value();
  }
}
