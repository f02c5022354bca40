package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.node.ProcessFile;
import dev.argon.node.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One process of the stack as it is: found by the `process.json` in its directory.
final class StackProcess {

  private static final Duration POLL = Duration.ofMillis(20);
  private static final int LOG_TAIL_BYTES = 64 << 10;

  private final StackDirectory directory;
  private final ProcessPlan plan;

  StackProcess(StackDirectory directory, ProcessPlan plan) {
    this.directory = directory;
    this.plan = plan;
  }

  ProcessPlan plan() {
    return plan;
  }

  /// What it has written of itself, if it still runs.
  Optional<ProcessFile> live() throws IOException {
    return ProcessFile.read(directory.process(plan.name()))
        .filter(file -> file.identity().isAlive());
  }

  /// Starts it, detached from this command.
  Process start(List<String> javaCommand, Path config, ProcessUser user) throws IOException {
    Path log = directory.log(plan.name());
    Files.createDirectories(log.getParent());
    if (!Files.exists(log)) {
      Files.createFile(log);
    }
    user.give(log);
    List<String> command = new ArrayList<>();
    command.add("setsid");
    command.addAll(user.prefix());
    command.addAll(javaCommand);
    command.addAll(List.of("--config", config.toString()));
    return new ProcessBuilder(command)
        .directory(directory.path().toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /// Waits until it answers.
  ///
  /// @throws CliException why it does not
  void awaitReady(Process process, long deadlineNanos)
      throws IOException, InterruptedException, CliException {
    while (true) {
      Optional<ProcessFile> live = live();
      if (live.isPresent() && live.get().pid() == process.pid()) {
        return;
      }
      if (!process.isAlive()) {
        throw new CliException(plan.name() + " did not start: " + lastWords());
      }
      if (System.nanoTime() > deadlineNanos) {
        throw new CliException(
            plan.name() + " does not answer: see `argon logs " + plan.name() + "`");
      }
      Thread.sleep(POLL);
    }
  }

  /// The message of the last entry in its log.
  private String lastWords() throws IOException {
    byte[] log = Files.readAllBytes(directory.log(plan.name()));
    int from = Math.max(0, log.length - LOG_TAIL_BYTES);
    String tail = new String(log, from, log.length - from, StandardCharsets.UTF_8);
    String last =
        tail.lines()
            .filter(line -> !line.isBlank() && !line.startsWith("\t"))
            .reduce((_, second) -> second)
            .orElse("it said nothing");
    // time level process context message
    String[] fields = last.split(" +", 5);
    return fields.length == 5 && fields[0].endsWith("Z") ? fields[4] : last;
  }

  /// Asks it to end and waits; ends it hard when it does not.
  static void stop(ProcessIdentity identity, Duration patience) throws InterruptedException {
    signal(identity, false);
    long deadline = System.nanoTime() + patience.toNanos();
    while (identity.isAlive() && System.nanoTime() < deadline) {
      Thread.sleep(POLL);
    }
    while (identity.isAlive()) {
      signal(identity, true);
      Thread.sleep(POLL);
    }
  }

  private static void signal(ProcessIdentity identity, boolean hard) {
    if (!identity.isAlive()) {
      return;
    }
    ProcessHandle.of(identity.pid())
        .ifPresent(handle -> {
          boolean _ = hard ? handle.destroyForcibly() : handle.destroy();
        });
  }
}
