package dev.argon.safekeeper.sim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Runs seeds for as long as one likes:
///
/// - `SimulationRun LEDGER [COUNT [UNTIL]]` goes on after the last seed in the ledger, for COUNT
///   seeds, at most until the clock shows UNTIL (`HH:MM`);
/// - `SimulationRun seed N [trace]` replays one;
/// - `SimulationRun hunt SECONDS` runs the first seeds until one finds a violation (and ends with 1)
///   or the time is over.
///
/// The ledger has a line for each seed: its number, commits, bytes, faults, virtual seconds, CPU
/// milliseconds, `ok` or what was violated. A run that finds a violation goes on and ends with 1.
public final class SimulationRun {

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
    for (long seed = 1; System.nanoTime() - started < seconds * 1_000_000_000L; seed++) {
      try {
        run(seed);
      } catch (AssertionError e) {
        System.out.println(e.getMessage());
        return true;
      }
    }
    return false;
  }

  /// Goes on after the last seed of a ledger.
  ///
  /// @return whether there was no violation
  static boolean many(Path ledger, long count, String until) throws IOException {
    List<String> done = Files.exists(ledger) ? Files.readAllLines(ledger) : List.of();
    long first = done.isEmpty() ? 1 : Long.parseLong(done.getLast().split(" ", 2)[0]) + 1;
    boolean good = true;
    for (long seed = first; seed - first < count; seed++) {
      String now =
          java.time.LocalTime.now(java.time.ZoneId.systemDefault()).toString().substring(0, 5);
      if (now.equals(until)) {
        break;
      }
      long started = cpuNanos();
      String line;
      try {
        Simulation.Outcome outcome = run(seed);
        line =
            String.format(
                Locale.ROOT,
                "%d %d %d %d %.1f %d ok",
                seed,
                outcome.commits(),
                outcome.bytes(),
                outcome.faultCount(),
                outcome.virtualMicros() / 1e6,
                (cpuNanos() - started) / 1_000_000);
      } catch (AssertionError e) {
        good = false;
        System.out.println(e.getMessage());
        line = seed + " VIOLATION " + String.valueOf(e.getMessage()).replace('\n', ' ');
      }
      Files.writeString(
          ledger,
          line + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
    return good;
  }

  private static long cpuNanos() {
    return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
