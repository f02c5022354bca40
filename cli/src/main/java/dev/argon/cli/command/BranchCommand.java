package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.controlplane.api.BranchRequest;
import dev.argon.controlplane.api.BranchesAnswer;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `argon branch`.
@Command(
    name = "branch",
    description = "Branches: list, make, delete.",
    subcommands = {
      BranchCommand.ListBranches.class,
      BranchCommand.Create.class,
      BranchCommand.Delete.class
    })
final class BranchCommand extends GroupCommand {

  /// `argon branch list`.
  @Command(name = "list", description = "All branches.")
  static final class ListBranches extends StackCommand {
    @Option(names = "--json", description = "for scripts")
    boolean json;

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      List<BranchDocument> branches = workspace().branches();
      if (json) {
        printJson(new BranchesAnswer(branches));
        return 0;
      }
      Map<String, String> names =
          branches.stream().collect(Collectors.toMap(BranchDocument::id, BranchDocument::name));
      Table table = new Table("NAME", "ID", "PARENT", "AT", "CREATED");
      for (BranchDocument branch : branches) {
        String parent = branch.parentId();
        table.row(
            branch.name(),
            branch.id(),
            parent == null ? "-" : names.getOrDefault(parent, parent),
            orDash(branch.parentLsn()),
            branch.createdAt());
      }
      table.print(out());
      return 0;
    }
  }

  /// `argon branch create`.
  @Command(name = "create", description = "A new branch; constant time whatever the size.")
  static final class Create extends StackCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Option(names = "--parent", paramLabel = "BRANCH", description = "default: the first branch")
    String parent = "";

    @Option(
        names = "--at",
        paramLabel = "LSN|TIMESTAMP",
        description = "a point in the parent's past; default: its end")
    String at = "";

    @Option(names = "--json", description = "for scripts")
    boolean json;

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Workspace workspace = workspace();
      BranchDocument from = parent.isEmpty() ? workspace.defaultBranch() : workspace.branch(parent);
      PointInTime point = PointInTime.parse(at);
      BranchDocument branch =
          workspace
              .client()
              .createBranch(
                  workspace.project().id(),
                  new BranchRequest(
                      new BranchRequest.Fields(
                          name, from.id(), point.lsnOrNull(), point.timestampOrNull())));
      if (json) {
        printJson(branch);
      } else {
        print("Branch " + name + " begins at " + branch.parentLsn() + " of " + from.name() + ".");
        String requested = branch.requestedLsn();
        if (requested != null && !requested.equals(branch.parentLsn())) {
          print(requested + " is not the end of a record: it was rounded down.");
        }
        print("Give it an endpoint with `argon endpoint create --branch " + name + "`.");
      }
      return 0;
    }
  }

  /// `argon branch delete`.
  @Command(name = "delete", description = "Deletes a branch with its endpoints and data.")
  static final class Delete extends StackCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Workspace workspace = workspace();
      BranchDocument branch = workspace.branch(name);
      workspace.client().deleteBranch(workspace.project().id(), branch.id());
      print("Branch " + branch.name() + " is deleted.");
      return 0;
    }
  }

  private static String orDash(@Nullable String text) {
    return text == null ? "-" : text;
  }
}
