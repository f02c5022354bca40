package dev.argon.it.wal;

import dev.argon.it.process.Command;
import dev.argon.it.process.PostgresPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One of PostgreSQL's own suites, run on a stock server by the script `run-suite`.
///
/// @param failed the tests that failed
/// @param expected the tests that fail because tests and server are of different releases
record SuiteRun(Corpus corpus, Set<String> failed, Set<String> expected) {

  private static final Path SCRIPTS =
      Path.of(System.getProperty("argon.root", ".."))
          .toAbsolutePath()
          .resolve("integration-tests/src/test/suites");

  /// Where the server changed after the tests were written: release of tests and of server.
  private static final Map<String, Set<String>> KNOWN =
      Map.of("regress 15.18 15.20", Set.of("rules", "alter_table"));

  /// Runs it.
  ///
  /// @param suite `regress` or `isolation`
  /// @param directory new; holds the corpus afterwards
  static SuiteRun run(String suite, Path directory) throws IOException {
    Command.of(SCRIPTS.resolve("run-suite").toString(), suite, directory.toString())
        .run(Duration.ofMinutes(15))
        .ok();
    String release = Files.readString(directory.resolve("release")).strip();
    List<String> failed = Files.readAllLines(directory.resolve("failed"));
    Set<String> expected =
        KNOWN.getOrDefault("%s %s %s".formatted(suite, release, serverRelease()), Set.of());
    return new SuiteRun(Corpus.in(directory), new TreeSet<>(failed), new TreeSet<>(expected));
  }

  private static String serverRelease() {
    String version =
        Command.of(PostgresPrograms.path("postgres"), "--version")
            .run(Duration.ofSeconds(20))
            .ok()
            .text();
    Matcher matcher = Pattern.compile("15\\.\\d+").matcher(version);
    if (!matcher.find()) {
      throw new AssertionError("no release of 15: " + version);
    }
    return matcher.group();
  }
}
