package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.node.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One safekeeper without a stack around it, started just as `up` starts it: for measurements.
public final class LoneSafekeeper implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  /// The node id it has.
  public static final long NODE = 1;

  private final ProcessPlan plan;
  private final Process process;

  private LoneSafekeeper(ProcessPlan plan, Process process) {
    this.plan = plan;
    this.process = process;
  }

  /// Starts it and waits until it answers.
  ///
  /// @param path its data directory; made if it is not there, and left
  /// @param portBase as of a stack; it takes two ports above
  public static LoneSafekeeper start(Path path, int portBase, ProcessUser user)
      throws IOException, InterruptedException, CliException {
    StackDirectory directory = StackDirectory.of(path);
    for (Path part :
        List.of(
            directory.path(),
            directory.objectStore(),
            directory.runtimes(),
            directory.path().resolve("logs"))) {
      Files.createDirectories(part);
      user.give(part);
    }
    StackFile stack = StackFile.first(portBase, StackFile.LOCALE_DEFAULT);
    List<ProcessPlan> plans = ProcessPlan.all(stack);
    ProcessPlan plan =
        plans.stream()
            .filter(each -> each.kind() == ProcessPlan.Kind.SAFEKEEPER && each.nodeId() == NODE)
            .findFirst()
            .orElseThrow();
    JavaCommand java =
        new JavaCommand(Distribution.current().install(directory.runtimes()), directory.path());
    ProcessConfigs configs = new ProcessConfigs(directory, stack, plans, java, user);
    StackProcess own = new StackProcess(directory, plan);
    Process process =
        own.start(
            java.command(plan.jvmOptions(), plan.kind().mainClass()), configs.write(plan), user);
    LoneSafekeeper safekeeper = new LoneSafekeeper(plan, process);
    try {
      own.awaitReady(process, System.nanoTime() + START_TIMEOUT.toNanos());
      return safekeeper;
    } catch (IOException | InterruptedException | CliException | RuntimeException e) {
      safekeeper.close();
      throw e;
    }
  }

  /// Where proposers connect.
  public HostPort pg() {
    return plan.pg();
  }

  /// Where it is managed.
  public HostPort http() {
    return plan.http();
  }

  public long pid() {
    return process.pid();
  }

  /// Ends it; hard if it takes too long.
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_PATIENCE)) {
        process.destroyForcibly();
        int _ = process.waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
