package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.check.LedgerSummary;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.TestForm;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// §15: an endpoint is killed at any moment under load and started again, a thousand times. Each
/// start has every acknowledged commit and nothing else, the WAL of all of them is one chain, and
/// nothing grows with their number.
class KillStartIT {

  private static final int CLIENTS = 4;
  private static final int THINK_MILLIS_MAX = 10;
  private static final Duration PROGRESS = Duration.ofSeconds(60);

  /// Each time so many rounds are over, everything is looked at and not only what is new.
  private static final int WHOLE_LOOK = 50;

  /// Before that a machine warms up.
  private static final int ROUNDS_FOR_COMPARISON = 40;

  private static final Path DESCRIPTORS = Path.of("fd");

  private final List<Long> startMillis = new ArrayList<>();
  private final EndpointTraces traces = new EndpointTraces();
  private final Random random = new Random(TestForm.seed("KillStartIT"));

  /// §15.
  @Test
  @Timeout(value = 5, unit = TimeUnit.HOURS)
  void everyStartHasEveryCommitAndContinuesTheWal() throws SQLException, IOException {
    int rounds = Integer.getInteger("argon.rounds", TestForm.choose(6, 1000));
    try (Stack stack = new Stack("killstart")) {
      stack.up();
      ConnectionSource source = stack.source();
      try (ReceivedWal wal = ReceivedWal.from(stack);
          Ledger ledger = new Ledger(source, CLIENTS, random.nextLong(), THINK_MILLIS_MAX)) {
        ledger.createTables();
        long descriptors = 0;
        long processes = 0;
        for (int round = 1; round <= rounds; round++) {
          long begin = System.nanoTime();
          LedgerSummary summary = round(stack, ledger, round);
          System.out.printf(
              "KillStartIT: %d of %d: start %d ms, %s, %d ms%n",
              round, rounds, startMillis.getLast(), summary, millisSince(begin));
          if (round == 2) {
            descriptors = descriptors(stack);
            processes = programs(stack);
          }
        }
        Amcheck.verify(source);
        chainIsWhole(wal, rounds);
        nothingHasGrown(stack, descriptors, processes);
      }
      stack.downAndNothingIsLeft();
    }
  }

  private LedgerSummary round(Stack stack, Ledger ledger, int round) throws SQLException {
    ledger.start();
    ledger.awaitProgress(2, PROGRESS);
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(400)));
    traces.note(stack);
    killEndpoint(stack);
    if (round % 5 == 0) {
      killWhileItStarts(stack);
    }
    long begin = System.nanoTime();
    stack.argon("endpoint", "start", "main").ok();
    startMillis.add(millisSince(begin));
    ledger.awaitProgress(1, PROGRESS);
    ledger.stop();
    return round % WHOLE_LOOK == 0 ? ledger.verify() : ledger.verifyNew();
  }

  /// SIGKILL to the JVM, the postmaster and its children, in any order.
  private void killEndpoint(Stack stack) {
    Path endpoints = stack.data().resolve("endpoints");
    Awaitility.await("end of the endpoint")
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(10, TimeUnit.MILLISECONDS)
        .until(() -> {
          List<RunningProcess> all = new ArrayList<>(RunningProcess.below(endpoints));
          Collections.shuffle(all, random);
          List<String> words = new ArrayList<>(List.of("kill", "-KILL"));
          all.forEach(process -> words.add(Long.toString(process.pid())));
          Command.of(words.toArray(String[]::new)).run(Duration.ofSeconds(10));
          return all.isEmpty();
        });
  }

  /// A start that does not come to its end: nobody may miss anything because of it either.
  private void killWhileItStarts(Stack stack) {
    try {
      Process start = stack.command("endpoint", "start", "main").start();
      Awaitility.await("a process of the endpoint")
          .atMost(PROGRESS)
          .pollDelay(Duration.ZERO)
          .pollInterval(5, TimeUnit.MILLISECONDS)
          .until(() -> !stack.jvms("ComputeMain").isEmpty());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1200)));
      traces.note(stack);
      killEndpoint(stack);
      // it tells of the failure, or that somebody else's start succeeded
      boolean ended = start.waitFor(1, TimeUnit.MINUTES);
      assertThat(ended).as("end of the command that was disturbed").isTrue();
    } catch (IOException e) {
      throw new AssertionError("endpoint start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private void nothingHasGrown(Stack stack, long descriptors, long processes) {
    long descriptorsNow = descriptors(stack);
    List<Long> sorted = startMillis.stream().sorted().toList();
    System.out.printf(
        "KillStartIT: %d starts: median %d ms, p99 %d ms, most %d ms; first ten %d ms, last ten %d"
            + " ms; descriptors of the others %d, then %d; shared memory noted %d, left: %s %s%n",
        sorted.size(),
        median(sorted),
        sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1),
        sorted.getLast(),
        median(startMillis.subList(0, Math.min(10, startMillis.size()))),
        median(startMillis.subList(Math.max(0, startMillis.size() - 10), startMillis.size())),
        descriptors,
        descriptorsNow,
        traces.noted(),
        traces.systemV(),
        traces.posix());
    assertThat(stack.computeDirectories()).as("directories of starts").hasSize(1);
    assertThat(programs(stack)).as("programs that run").isEqualTo(processes);
    assertThat(descriptorsNow).as("open files of the others").isLessThan(descriptors + 200);
    traces.forgetRunning(stack);
    assertThat(traces.systemV()).as("segments of System V").isEmpty();
    assertThat(traces.posix()).as("files of POSIX shared memory").isEmpty();
    if (startMillis.size() >= ROUNDS_FOR_COMPARISON) {
      int tenth = startMillis.size() / 10;
      assertThat(median(startMillis.subList(startMillis.size() - tenth, startMillis.size())))
          .as("start time, last tenth")
          .isLessThan(3 * median(startMillis.subList(tenth, 2 * tenth)) / 2 + 500);
    }
  }

  /// Every program that is not one of PostgreSQL's, which come and go.
  private static long programs(Stack stack) {
    return stack.running().stream()
        .filter(process -> !process.words().getFirst().contains("postgres"))
        .filter(process -> !process.words().getFirst().contains("pg_receivewal"))
        .count();
  }

  private static long descriptors(Stack stack) {
    long sum = 0;
    for (String program : List.of("ControlPlaneMain", "PageserverMain", "SafekeeperMain")) {
      for (RunningProcess process : stack.jvms(program)) {
        try (Stream<Path> open =
            Files.list(Path.of("/proc/" + process.pid()).resolve(DESCRIPTORS))) {
          sum += open.count();
        } catch (IOException e) {
          throw new AssertionError("cannot count open files of " + process, e);
        }
      }
    }
    return sum;
  }

  private void chainIsWhole(ReceivedWal wal, int rounds) throws IOException {
    Lsn end = wal.finish();

    Command.Result whole = wal.dump(end, "--quiet").ok();

    assertThat(whole.out() + whole.err()).isEmpty();
    // each start begins with a record of its own
    List<String> boots =
        wal.dump(end, "--rmgr=XLOG")
            .ok()
            .out()
            .lines()
            .filter(line -> line.contains("CHECKPOINT_SHUTDOWN"))
            .toList();
    assertThat(boots).hasSizeGreaterThanOrEqualTo(rounds);
    System.out.printf(
        "KillStartIT: pg_waldump read everything up to %s, with %d boot records, in %d ms%n",
        end, boots.size(), whole.took().toMillis());
    Path copy = BrokenChain.at(wal.directory(), boots.subList(boots.size() - rounds, boots.size()));
    assertThat(wal.dump(copy, end, "--quiet").err()).contains("incorrect prev-link");
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static long millisSince(long begin) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }
}
