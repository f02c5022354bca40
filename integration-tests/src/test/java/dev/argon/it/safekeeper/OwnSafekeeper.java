package dev.argon.it.safekeeper;

import dev.argon.it.process.Command;
import dev.argon.it.process.LogTail;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A safekeeper of a stack that the test itself has started, in place of the one `argon up` had
/// started: it can be given an environment, and its exit code can be seen.
///
/// @param log what it prints
record OwnSafekeeper(int number, Process process, Path log) {

  private static final int LOG_LINES = 30;

  /// The running process of a safekeeper.
  static RunningProcess find(Stack stack, int number) {
    return stack.jvms("SafekeeperMain").stream()
        .filter(p -> String.join(" ", p.words()).contains("safekeeper-" + number + "/"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("safekeeper " + number + " does not run"));
  }

  /// Kills the one that runs and starts the same again.
  static OwnSafekeeper replace(Stack stack, int number, Map<String, String> environment) {
    RunningProcess before = find(stack, number);
    RunningProcess.kill(before.pid());
    return start(stack, number, before, environment);
  }

  /// As [#replace(Stack, int, Map)], with times of its own for archiving.
  ///
  /// @param archive JSON of the configuration's `archive`
  static OwnSafekeeper replace(
      Stack stack, int number, Map<String, String> environment, String archive) {
    RunningProcess before = find(stack, number);
    RunningProcess.kill(before.pid());
    List<String> words = new ArrayList<>();
    for (String word : before.words()) {
      words.add(word.endsWith(".json") ? withArchive(Path.of(word), archive) : word);
    }
    RunningProcess changed =
        new RunningProcess(before.pid(), words, before.environment(), before.directory());
    return start(stack, number, changed, environment);
  }

  /// A copy of the configuration file, beside it.
  private static String withArchive(Path config, String archive) {
    Path changed = config.resolveSibling("archiving.json");
    try {
      String text = Files.readString(config.resolveSibling("safekeeper.json"));
      Files.writeString(changed, "{\"archive\": " + archive + "," + text.strip().substring(1));
      return changed.toString();
    } catch (IOException e) {
      throw new AssertionError("cannot change " + config, e);
    }
  }

  /// Starts it again after it was killed.
  ///
  /// @param before as it ran
  static OwnSafekeeper start(
      Stack stack, int number, RunningProcess before, Map<String, String> environment) {
    Path log = stack.data().resolve("logs").resolve("own-safekeeper-" + number + ".log");
    // setpriv and the shell are replaced by the JVM, so that the process is the JVM's own
    List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >>" + log + " 2>&1"));
    words.add("sh");
    words.addAll(before.words());
    try {
      Files.deleteIfExists(log);
      return new OwnSafekeeper(
          number,
          new Command(words, before.environment(), before.directory())
              .with(environment)
              .asPostgres()
              .start(),
          log);
    } catch (IOException e) {
      throw new AssertionError("cannot start safekeeper " + number, e);
    }
  }

  boolean hasEnded() {
    return !process.isAlive();
  }

  /// Waits for its end.
  ///
  /// @return the exit code, 128 + 9 after SIGKILL
  int awaitEnd(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            "safekeeper %d still runs after %s%n%s"
                .formatted(number, limit, LogTail.of(log, LOG_LINES)));
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  boolean logContains(String text) {
    try {
      return Files.exists(log) && Files.readString(log).contains(text);
    } catch (IOException e) {
      throw new AssertionError("log", e);
    }
  }
}
