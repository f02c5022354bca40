package dev.argon.it.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.process.Command;
import dev.argon.it.stack.TestForm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every planted bug is found by the model or the simulation within ten minutes; in the normal form
/// three of them.
class PlantedBugsIT {

  private static final int COUNT_MIN = 20;

  /// Found fastest.
  private static final List<String> NORMAL =
      List.of("01-second-vote", "02-vote-not-on-disk", "10-answer-before-sync");

  private static final Duration LIMIT = Duration.ofMinutes(10);

  /// How long the simulation looks for what the model has found.
  private static final Duration ONE_MORE_LIMIT = Duration.ofSeconds(TestForm.choose(10, 30));

  /// For a JVM to start, and a seed that was begun to end.
  private static final Duration GRACE = Duration.ofSeconds(30);

  private static final String SIMULATION = "dev.argon.safekeeper.sim.SimulationRun";
  private static final String MODEL = "dev.argon.quorum.model.ModelRun";
  private static final int FOUND = 1;

  static Stream<PlantedBug> bugs() {
    Pattern wanted = Pattern.compile(System.getProperty("argon.planted", ".*"));
    return PlantedBug.all().stream()
        .filter(bug -> TestForm.isLong() || NORMAL.contains(bug.name()))
        .filter(bug -> wanted.matcher(bug.name()).matches());
  }

  @Timeout(value = 25, unit = TimeUnit.MINUTES) // both look for ten
  @ParameterizedTest
  @MethodSource("bugs")
  void isFound(PlantedBug bug, @TempDir Path directory) throws IOException {
    Path classes = bug.compile(directory);
    List<String> found = new ArrayList<>();
    if (bug.isIn("quorum")) {
      run(classes, MODEL, "small").ifPresent(found::add);
    }
    Duration limit = found.isEmpty() ? LIMIT : ONE_MORE_LIMIT;
    run(classes, SIMULATION, "hunt", String.valueOf(limit.toSeconds())).ifPresent(found::add);

    System.out.printf("%s (%s)%n%s%n", bug, bug.breaks(), String.join("\n", found));
    assertThat(found).as("%s is found: %s", bug, bug.breaks()).isNotEmpty();
  }

  /// @return what was found, and after which time
  private static Optional<String> run(Path classes, String main, String... arguments) {
    String classPath =
        String.join(
            File.pathSeparator,
            classes.toString(),
            System.getProperty("java.class.path"),
            PlantedBug.ROOT.resolve("quorum/target/test-classes").toString(),
            PlantedBug.ROOT.resolve("safekeeper/target/test-classes").toString());
    Command.Result result =
        Command.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-cp",
                classPath,
                main)
            .plus(arguments)
            .run(LIMIT.plus(GRACE));
    if (result.exitCode() == 0) {
      return Optional.empty();
    }
    assertThat(result.exitCode()).as("%s", result).isEqualTo(FOUND);
    List<String> lines = result.out().lines().toList();
    String what =
        lines.stream()
            .filter(line -> line.startsWith("violated: ") || line.startsWith("seed "))
            .findFirst()
            .orElseThrow(() -> new AssertionError("ended without a word: " + result));
    return Optional.of(
        String.format(
            Locale.ROOT,
            "  %s after %.1f s: %s",
            main.substring(main.lastIndexOf('.') + 1),
            result.took().toMillis() / 1e3,
            what));
  }

  @Test
  void everyPatchAppliesAndChangesOneLine() {
    List<PlantedBug> bugs = PlantedBug.all();

    assertThat(bugs).hasSizeGreaterThanOrEqualTo(COUNT_MIN);
    for (PlantedBug bug : bugs) {
      assertThat(bug.mutated()).as(bug.name()).isNotEmpty();
      assertThat(bug.diff().changedLines()).as(bug.name()).isEqualTo(1);
      assertThat(bug.breaks()).as(bug.name()).isNotBlank();
    }
    assertThat(bugs).extracting(PlantedBug::name).containsAll(NORMAL);
  }

  @Test
  void patchThatFitsNoMoreIsRefused() {
    UnifiedDiff diff = UnifiedDiff.parse("--- a/X.java\n+++ b/X.java\n@@ -1,2 +1 @@\n a\n-b\n");

    assertThat(diff.apply("a\nb\nc\n")).isEqualTo("a\nc\n");
    assertThatThrownBy(() -> diff.apply("a\nc\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not there");
    assertThatThrownBy(() -> diff.apply("a\nb\na\nb\n")).hasMessageContaining("twice");
  }
}
