package dev.argon.it.suites;

import dev.argon.it.process.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The scripts `run-suite` and `compare-suites`.
///
/// @param schedule the tests, instead of the suite's own schedule; empty for all of them
record Suites(String schedule) {

  private static final Path SCRIPTS =
      Path.of(System.getProperty("argon.root", ".."))
          .toAbsolutePath()
          .normalize()
          .resolve("integration-tests/src/test/suites");

  private static final Duration LIMIT = Duration.ofHours(3);

  static Suites whole() {
    return new Suites("");
  }

  /// The tests of one of the schedules that lie beside the scripts.
  static Suites part(String name) {
    return new Suites(SCRIPTS.resolve(name).toString());
  }

  /// Gets the suites from Debian's archive, if they are not here yet.
  static Command.Result fetch() {
    return Command.of(SCRIPTS.resolve("fetch-suites").toString()).run(LIMIT);
  }

  /// Runs a suite on a new stock server.
  ///
  /// @param settings for the server, `name=value`
  Duration onStock(String suite, Path directory, String... settings) {
    StringBuilder words = new StringBuilder();
    for (String setting : settings) {
      words.append(" -c ").append(setting);
    }
    Map<String, String> environment = environment();
    environment.put("ARGON_SUITES_PLAIN", "1");
    environment.put("ARGON_SUITES_SETTINGS", words.toString());
    return run(environment, suite, directory.toString());
  }

  /// Runs a suite on a server that is there.
  Duration on(String uri, String suite, Path directory) {
    return run(environment(), suite, directory.toString(), uri);
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    if (!schedule.isEmpty()) {
      environment.put("ARGON_SUITES_SCHEDULE", schedule);
    }
    return environment;
  }

  private static Duration run(Map<String, String> environment, String... words) {
    Command.Result result =
        Command.of(SCRIPTS.resolve("run-suite").toString())
            .plus(words)
            .with(environment)
            .run(LIMIT)
            .ok();
    System.out.println("Suites: " + result.err());
    return result.took();
  }

  /// The tests that failed in one run and did not end so in stock's.
  static Set<String> differing(Path stock, Path other) {
    Command.Result result =
        Command.of(SCRIPTS.resolve("compare-suites").toString(), stock.toString(), other.toString())
            .run(Duration.ofMinutes(1));
    if (result.exitCode() > 1) {
      throw new AssertionError("compare-suites: " + result);
    }
    return new TreeSet<>(result.out().lines().toList());
  }
}
