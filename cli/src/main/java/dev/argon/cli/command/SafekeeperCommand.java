package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.cli.stack.ProcessUser;
import dev.argon.cli.stack.StackSafekeepers;
import dev.argon.controlplane.api.SafekeeperDocument;
import dev.argon.controlplane.api.SafekeepersAnswer;
import dev.argon.node.ApiProblem;
import dev.argon.node.DirectoryLock;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `argon safekeeper`.
@Command(
    name = "safekeeper",
    description = "Safekeepers: list, add, replace, remove; while everything runs.",
    subcommands = {
      SafekeeperCommand.ListSafekeepers.class,
      SafekeeperCommand.Add.class,
      SafekeeperCommand.Replace.class,
      SafekeeperCommand.Remove.class,
      SafekeeperCommand.Cancel.class
    })
final class SafekeeperCommand extends GroupCommand {

  /// A command about safekeepers of a stack that runs.
  abstract static class OfRunningStack extends StackCommand {
    @Option(names = "--json", description = "for scripts")
    boolean json;

    @Override
    public final Integer call() throws IOException, InterruptedException, CliException, ApiProblem {
      try {
        run(controlPlane());
        return 0;
      } catch (ConnectException e) {
        throw new CliException(
            "the stack in " + directory().path() + " does not run: bring it up with `argon up`", e);
      }
    }

    abstract void run(ControlPlaneClient controlPlane)
        throws IOException, InterruptedException, CliException, ApiProblem;

    final void report(SafekeeperDocument safekeeper, String sentence) {
      if (json) {
        printJson(safekeeper);
      } else {
        print(sentence);
      }
    }
  }

  /// `argon safekeeper list`.
  @Command(name = "list", description = "All safekeepers, also those that were removed.")
  static final class ListSafekeepers extends OfRunningStack {

    @Override
    void run(ControlPlaneClient controlPlane) throws IOException, ApiProblem {
      List<SafekeeperDocument> all = controlPlane.safekeepers();
      if (json) {
        printJson(new SafekeepersAnswer(all));
        return;
      }
      Table table = new Table("ID", "STATE", "TIMELINES", "ADDRESSES");
      for (SafekeeperDocument safekeeper : all) {
        Long replacement = safekeeper.replacementId();
        table.row(
            Long.toString(safekeeper.id()),
            safekeeper.schedulingPolicy() + (replacement == null ? "" : " for " + replacement),
            Integer.toString(safekeeper.timelines()),
            "http " + safekeeper.httpAddress() + ", pg " + safekeeper.pgAddress());
      }
      table.print(out());
      for (SafekeeperDocument safekeeper : all) {
        if (safekeeper.problem() != null) {
          print("safekeeper " + safekeeper.id() + ": " + safekeeper.problem());
        }
      }
    }
  }

  /// `argon safekeeper add`.
  @Command(
      name = "add",
      description = "Starts one more safekeeper; new branches may use it, old ones do not.")
  static final class Add extends OfRunningStack {
    @Option(names = "--id", paramLabel = "ID", description = "default: the next one")
    long id;

    @Override
    void run(ControlPlaneClient controlPlane)
        throws IOException, InterruptedException, CliException, ApiProblem {
      if (id < 0) {
        throw new CliException("--id " + id + ": choose a positive number");
      }
      long added;
      try (DirectoryLock _ = directory().lock()) {
        added = new StackSafekeepers(directory(), ProcessUser.current()).add(id);
      }
      SafekeeperDocument safekeeper = controlPlane.safekeeper(added);
      report(
          safekeeper,
          "Safekeeper "
              + added
              + " runs at "
              + safekeeper.pgAddress()
              + "; put it in the place of another with `argon safekeeper replace ID "
              + added
              + "`.");
    }
  }

  /// A command that takes a safekeeper out of use.
  abstract static class Leaving extends OfRunningStack {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(100);

    /// @param replacementId 0 for any
    final SafekeeperDocument takeOutOfUse(
        ControlPlaneClient controlPlane, long id, long replacementId)
        throws IOException, InterruptedException, CliException, ApiProblem {
      SafekeeperDocument now = controlPlane.safekeeper(id);
      if (!isGone(now)) {
        now = controlPlane.drainSafekeeper(id, replacementId);
      }
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!isGone(now)) {
        if (now.schedulingPolicy().equals(SafekeeperDocument.ACTIVE)) {
          throw new CliException("safekeeper " + id + " stays: another command has cancelled this");
        }
        if (System.nanoTime() > deadline) {
          String problem = now.problem();
          throw new CliException(
              "safekeeper "
                  + id
                  + " is still in use"
                  + (problem == null ? "" : " (" + problem + ")")
                  + ": it goes on by itself, ask again or take it back with `argon safekeeper"
                  + " cancel "
                  + id
                  + "`");
        }
        Thread.sleep(POLL);
        now = controlPlane.safekeeper(id);
      }
      try (DirectoryLock _ = directory().lock()) {
        new StackSafekeepers(directory(), ProcessUser.current()).forget(id);
      }
      return now;
    }

    private static boolean isGone(SafekeeperDocument safekeeper) {
      return safekeeper.schedulingPolicy().equals(SafekeeperDocument.DECOMMISSIONED);
    }
  }

  /// `argon safekeeper replace`.
  @Command(
      name = "replace",
      description = "Moves all timelines of OLD to NEW, then stops OLD, which may be dead.")
  static final class Replace extends Leaving {
    @Parameters(index = "0", paramLabel = "OLD")
    long old;

    @Parameters(index = "1", paramLabel = "NEW")
    long replacement;

    @Override
    void run(ControlPlaneClient controlPlane)
        throws IOException, InterruptedException, CliException, ApiProblem {
      controlPlane.safekeeper(replacement);
      report(
          takeOutOfUse(controlPlane, old, replacement),
          "Safekeeper "
              + replacement
              + " has taken the place of safekeeper "
              + old
              + ", which is stopped; its directory may be deleted.");
    }
  }

  /// `argon safekeeper remove`.
  @Command(
      name = "remove",
      description = "Moves all timelines of a safekeeper to the others, then stops it.")
  static final class Remove extends Leaving {
    @Parameters(paramLabel = "ID")
    long id;

    @Override
    void run(ControlPlaneClient controlPlane)
        throws IOException, InterruptedException, CliException, ApiProblem {
      report(
          takeOutOfUse(controlPlane, id, 0),
          "Safekeeper " + id + " is removed; its directory may be deleted.");
    }
  }

  /// `argon safekeeper cancel`.
  @Command(
      name = "cancel",
      description = "Keeps a safekeeper that is being replaced or removed after all.")
  static final class Cancel extends OfRunningStack {
    @Parameters(paramLabel = "ID")
    long id;

    @Override
    void run(ControlPlaneClient controlPlane) throws IOException, ApiProblem {
      SafekeeperDocument safekeeper = controlPlane.cancelDrain(id);
      report(
          safekeeper,
          "Safekeeper " + id + " stays, with " + safekeeper.timelines() + " timelines.");
    }
  }
}
