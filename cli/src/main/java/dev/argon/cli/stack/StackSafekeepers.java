package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ProcessFile;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// Adds a safekeeper to a stack that runs, and lets one go that is out of use. For commands that
/// hold the stack's lock.
public final class StackSafekeepers {

  private static final Duration STOP_PATIENCE = Duration.ofSeconds(90);

  private final StackDirectory directory;
  private final ProcessUser user;

  public StackSafekeepers(StackDirectory directory, ProcessUser user) {
    this.directory = directory;
    this.user = user;
  }

  /// Starts one more and registers it.
  ///
  /// @param wantedId 0 for the next one
  /// @return its id
  public long add(long wantedId)
      throws IOException, InterruptedException, CliException, ApiProblem {
    StackFile before = directory.require().completed();
    ProcessPlan controlPlane = ProcessPlan.all(before).getFirst();
    if (new StackProcess(directory, controlPlane).live().isEmpty()) {
      throw new CliException(
          "the stack in " + directory.path() + " does not run: bring it up with `argon up`");
    }
    StackFile after =
        before.withSafekeeper(
            wantedId, port -> StackStart.isFree(new HostPort(ProcessPlan.HOST, port)));
    ProcessPlan plan = ProcessPlan.safekeeper(after.places().getLast());
    JavaCommand java =
        new JavaCommand(Distribution.current().install(directory.runtimes()), directory.path());
    // First of all, so that it is known whatever happens to this command.
    directory.write(after);
    boolean started = false;
    try {
      new StackStart(directory, user).startOne(after, java, plan);
      started = true;
    } finally {
      if (!started) {
        directory.write(before);
      }
    }
    new ControlPlaneClient(controlPlane.http())
        .registerNode(plan.kind().wireName(), plan.nodeId(), plan.pg(), plan.http());
    return plan.nodeId();
  }

  /// Ends the process of one that is out of use and never starts it again. Its directory stays.
  public void forget(long id) throws IOException, InterruptedException, CliException {
    StackFile _ = forget(directory.require().completed(), id);
  }

  StackFile forget(StackFile stack, long id) throws IOException, InterruptedException {
    for (SafekeeperPlace place : stack.used()) {
      if (place.id() == id) {
        Optional<ProcessFile> live =
            new StackProcess(directory, ProcessPlan.safekeeper(place)).live();
        if (live.isPresent()) {
          StackProcess.stop(live.get().identity(), STOP_PATIENCE);
        }
      }
    }
    StackFile left = stack.withoutSafekeeper(id);
    directory.write(left);
    return left;
  }
}
