package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon layer`.
@Command(
    name = "layer",
    description = "The pageserver's layer files.",
    subcommands = LayerCommand.ListLayers.class)
final class LayerCommand extends GroupCommand {

  /// `argon layer list`.
  @Command(name = "list", description = "The layers of a branch, as JSON.")
  static final class ListLayers extends StackCommand {
    @Option(names = "--branch", paramLabel = "BRANCH", description = "default: the first branch")
    String branch = "";

    @Option(names = "--json", description = "as always here")
    boolean json;

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Workspace workspace = workspace();
      BranchDocument on = branch.isEmpty() ? workspace.defaultBranch() : workspace.branch(branch);
      byte[] layers =
          PageCommand.PageserverAddress.client(stack())
              .getBytes(
                  "/v1/tenant/"
                      + workspace.project().tenantId()
                      + "/timeline/"
                      + on.timelineId()
                      + "/layer");
      print(new String(layers, StandardCharsets.UTF_8));
      return 0;
    }
  }
}
