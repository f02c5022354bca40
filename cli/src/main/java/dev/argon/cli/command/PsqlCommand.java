package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `argon psql`.
@Command(
    name = "psql",
    description = "A shell on an endpoint; what follows -- is for psql.",
    customSynopsis = "argon psql [--data DIR] [BRANCH|ENDPOINT] [-- psql arguments]")
final class PsqlCommand extends StackCommand {

  private final List<String> psqlArguments;

  @Parameters(
      arity = "0..1",
      paramLabel = "BRANCH|ENDPOINT",
      description = "default: the first branch")
  String target = "";

  /// @param psqlArguments what followed `--`
  PsqlCommand(List<String> psqlArguments) {
    this.psqlArguments = psqlArguments;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, ApiProblem, CliException {
    Workspace workspace = workspace();
    EndpointDocument endpoint = workspace.endpoint(target);
    if (!endpoint.currentState().equals("active")) {
      throw new CliException(
          "endpoint "
              + endpoint.name()
              + " does not run: `argon endpoint start "
              + endpoint.name()
              + "`");
    }
    URI uri = URI.create(workspace.client().connectionUri(workspace.project().id(), endpoint.id()));
    List<String> command = new ArrayList<>(List.of("psql"));
    command.addAll(psqlArguments);
    ProcessBuilder psql = new ProcessBuilder(command).inheritIO();
    psql.environment().putAll(environment(uri));
    return psql.start().waitFor();
  }

  /// libpq's variables rather than arguments: what the user says after `--` goes before them, and
  /// the password is on no command line.
  static Map<String, String> environment(URI uri) {
    String[] login = uri.getUserInfo().split(":", 2);
    return Map.of(
        "PGHOST", uri.getHost(),
        "PGPORT", Integer.toString(uri.getPort()),
        "PGUSER", login[0],
        "PGPASSWORD", login[1],
        "PGDATABASE", uri.getPath().substring(1));
  }
}
