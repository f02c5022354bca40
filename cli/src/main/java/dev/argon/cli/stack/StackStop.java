package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProcessFile;
import dev.argon.node.ProcessIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Takes a stack down and keeps its data: computes first, so that their last WAL is kept; then
/// pageserver and safekeepers; the control plane last, because the pageserver asks it for leave
/// until its end.
public final class StackStop {

  private static final Duration COMPUTE_PATIENCE = Duration.ofSeconds(60);
  private static final Duration STORAGE_PATIENCE = Duration.ofSeconds(90);
  private static final Duration LEFTOVER_PATIENCE = Duration.ofSeconds(10);

  private final StackDirectory directory;
  private final StackFile stack;

  /// @param warnings gets what did not go as it should but does not keep the stack from going down
  public StackStop(StackDirectory directory, StackFile stack, Consumer<String> warnings) {
    this.directory = directory;
    this.stack = stack;
    this.warnings = warnings;
  }

  private final Consumer<String> warnings;

  /// @param mode how computes end: `fast` or `immediate`
  /// @return how many processes ran
  public int run(String mode) throws IOException, InterruptedException, CliException {
    RunningProcesses running = new RunningProcesses(directory.path());
    int count = running.find().size();
    if (count == 0) {
      return 0;
    }
    stopComputes(mode);
    List<ProcessPlan> plans = ProcessPlan.all(stack);
    stopAll(plans.stream().filter(p -> p.kind() == ProcessPlan.Kind.PAGESERVER).toList());
    stopAll(plans.stream().filter(p -> p.kind() == ProcessPlan.Kind.SAFEKEEPER).toList());
    stopAll(plans.stream().filter(p -> p.kind() == ProcessPlan.Kind.CONTROL_PLANE).toList());
    stopLeftovers(running);
    return count;
  }

  private void stopComputes(String mode) throws IOException, InterruptedException {
    ProcessPlan controlPlane = ProcessPlan.all(stack).getFirst();
    if (new StackProcess(directory, controlPlane).live().isPresent()) {
      try {
        new ControlPlaneClient(controlPlane.http()).holdEndpoints(mode);
        return;
      } catch (IOException | ApiProblem e) {
        warnings.accept("the control plane did not stop the endpoints: " + e.getMessage());
      }
    }
    // Without the control plane nobody restarts them; SIGTERM is a fast stop.
    List<ProcessIdentity> computes = new ArrayList<>();
    for (EndpointProcesses.Live live : new EndpointProcesses(directory).live()) {
      computes.add(live.file().identity());
    }
    stop(computes, COMPUTE_PATIENCE);
  }

  private void stopAll(List<ProcessPlan> plans) throws IOException, InterruptedException {
    List<ProcessIdentity> identities = new ArrayList<>();
    for (ProcessPlan plan : plans) {
      Optional<ProcessFile> live = new StackProcess(directory, plan).live();
      live.map(ProcessFile::identity).ifPresent(identities::add);
    }
    stop(identities, STORAGE_PATIENCE);
  }

  private static void stop(List<ProcessIdentity> processes, Duration patience)
      throws InterruptedException {
    List<Thread> stopping = new ArrayList<>();
    for (ProcessIdentity process : processes) {
      stopping.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  StackProcess.stop(process, patience);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    for (Thread thread : stopping) {
      thread.join();
    }
  }

  /// What has no `process.json`: it was just starting, or its parent died.
  private void stopLeftovers(RunningProcesses running)
      throws IOException, InterruptedException, CliException {
    stop(running.find(), LEFTOVER_PATIENCE);
    List<ProcessIdentity> left = running.find();
    if (!left.isEmpty()) {
      throw new CliException(
          "process "
              + left.getFirst().pid()
              + " does not end: end it, then run `argon down` again");
    }
  }
}
