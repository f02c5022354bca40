package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `argon connection-string`.
@Command(name = "connection-string", description = "Where to connect, for any PostgreSQL driver.")
final class ConnectionStringCommand extends StackCommand {

  @Parameters(
      arity = "0..1",
      paramLabel = "BRANCH|ENDPOINT",
      description = "default: the first branch")
  String target = "";

  @Override
  public Integer call() throws IOException, ApiProblem, CliException {
    Workspace workspace = workspace();
    print(
        workspace
            .client()
            .connectionUri(workspace.project().id(), workspace.endpoint(target).id()));
    return 0;
  }
}
