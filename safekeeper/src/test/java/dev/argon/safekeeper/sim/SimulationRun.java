package dev.argon.safekeeper.sim;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Runs seeds for as long as one likes:
///
/// - `SimulationRun LEDGER [COUNT [UNTIL]]` goes on after the last seed in the ledger, for COUNT
///   seeds, at most until the clock shows UNTIL (`HH:MM`);
/// - `SimulationRun seed N [trace]` replays one;
/// - `SimulationRun hunt SECONDS` runs the first seeds until one finds a violation (and ends with
///   1) or the time is over.
///
/// The ledger has a line for each seed: its number, commits, bytes, faults, virtual seconds, CPU
/// milliseconds, `ok` or what was violated. A run that finds a violation goes on and ends with 1.
/// `-Dsim.code=TEXT` puts a line `# TEXT` before the lines of a run, `-Dsim.threads=N` sets how
/// many seeds run side by side (2).
public final class SimulationRun {

  private static final String COMMENT = "# ";
  private static final String CODE = System.getProperty("sim.code", "");
  private static final String GOOD = " ok";

  /// Of those who speak of made-up faults.
  private static final Logger STORAGE = Logger.getLogger("dev.argon.safekeeper.timeline");

  private SimulationRun() {}

  /// What the safekeeper's log says of made-up faults is of no interest.
  static void quiet() {
    STORAGE.setLevel(Level.OFF);
  }

  static void loud() {
    STORAGE.setLevel(null);
  }

  /// One seed; a violation tells how to see it again.
  static Simulation.Outcome run(long seed) {
    Simulation simulation = new Simulation(seed, false, _ -> {});
    try {
      return simulation.run();
    } catch (Violation | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e + "\nsee it again: " + replay(seed), e);
    }
  }

  static String replay(long seed) {
    return "mvn -q -pl safekeeper -am test -Dtest=SimulationTest -Dsim.seed="
        + seed
        + " -Dsurefire.failIfNoSpecifiedTests=false";
  }

  public static void main(String[] arguments) throws IOException {
    quiet();
    if (arguments[0].equals("seed")) {
      boolean traced = arguments.length > 2;
      Simulation simulation =
          new Simulation(Long.parseLong(arguments[1]), traced, System.out::println);
      System.out.println(simulation.run());
      return;
    }
    if (arguments[0].equals("hunt")) {
      System.exit(hunt(Long.parseLong(arguments[1])) ? 1 : 0);
    }
    Path ledger = Path.of(arguments[0]);
    long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : Long.MAX_VALUE;
    String until = arguments.length > 2 ? arguments[2] : "";
    System.exit(many(ledger, count, until) ? 0 : 1);
  }

  /// @return whether there is a violation
  private static boolean hunt(long seconds) {
    long started = System.nanoTime();
    try {
      Seeds.run(
          1,
          Long.MAX_VALUE,
          () -> System.nanoTime() - started < seconds * 1_000_000_000L,
          SimulationRun::run,
          _ -> {});
      return false;
    } catch (AssertionError e) {
      System.out.println(e.getMessage());
      return true;
    }
  }

  /// Goes on after the last seed of a ledger.
  ///
  /// @return whether there was no violation
  static boolean many(Path ledger, long count, String until) throws IOException {
    long last = 0;
    if (Files.exists(ledger)) {
      for (String line : Files.readAllLines(ledger)) {
        last = line.startsWith(COMMENT) ? last : Long.parseLong(line.split(" ", 2)[0]);
      }
    }
    if (!CODE.isEmpty()) {
      append(ledger, COMMENT + CODE);
    }
    AtomicBoolean good = new AtomicBoolean(true);
    Seeds.<String, IOException>run(
        last + 1,
        count,
        () -> !clock().equals(until),
        SimulationRun::line,
        line -> {
          append(ledger, line);
          if (!line.endsWith(GOOD)) {
            good.set(false);
            System.out.println(line);
          }
        });
    return good.get();
  }

  private static String clock() {
    return LocalTime.now(ZoneId.systemDefault()).toString().substring(0, 5);
  }

  private static String line(long seed) {
    long started = cpuNanos();
    try {
      Simulation.Outcome outcome = run(seed);
      return String.format(
          Locale.ROOT,
          "%d %d %d %d %.1f %d%s",
          seed,
          outcome.commits(),
          outcome.bytes(),
          outcome.faultCount(),
          outcome.virtualMicros() / 1e6,
          (cpuNanos() - started) / 1_000_000,
          GOOD);
    } catch (AssertionError e) {
      return seed + " VIOLATION " + String.valueOf(e.getMessage()).replace('\n', ' ');
    }
  }

  private static void append(Path ledger, String line) throws IOException {
    Files.writeString(
        ledger,
        line + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
