package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.cli.api.Workspace;
import dev.argon.cli.stack.ProcessUser;
import dev.argon.cli.stack.StackFile;
import dev.argon.cli.stack.StackStart;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.controlplane.api.EndpointRequest;
import dev.argon.controlplane.api.ProjectRequest;
import dev.argon.node.ApiProblem;
import dev.argon.node.DirectoryLock;
import dev.argon.node.HostPort;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon up`.
@Command(
    name = "up",
    description = "Start the local stack, make project and branch \"main\", start its endpoint.")
final class UpCommand extends StackCommand {

  private static final String MAIN = "main";
  private static final String HOST = "127.0.0.1";
  private static final Duration PROJECT_TIMEOUT = Duration.ofMinutes(4);
  private static final Duration POLL = Duration.ofMillis(200);

  @Option(names = "--pg", paramLabel = "VERSION", description = "PostgreSQL's major version: 15")
  int pgVersion = StackFile.PG_VERSION;

  @Option(
      names = "--port-base",
      paramLabel = "N",
      description = "the first of the stack's ports; default 25430")
  @Nullable Integer portBase;

  @Option(names = "--locale", paramLabel = "L", description = "of the databases; default C.UTF-8")
  @Nullable String locale;

  @Override
  public Integer call() throws IOException, InterruptedException, CliException, ApiProblem {
    if (pgVersion != StackFile.PG_VERSION) {
      throw new CliException("--pg " + pgVersion + ": only " + StackFile.PG_VERSION + " so far");
    }
    StackStart start = new StackStart(directory(), ProcessUser.current());
    try (DirectoryLock _ = start.prepare()) {
      StackStart.Up up =
          start.run(
              new StackStart.Wish(
                  portBase == null ? OptionalInt.empty() : OptionalInt.of(portBase),
                  Optional.ofNullable(locale)));
      ControlPlaneClient client = new ControlPlaneClient(new HostPort(HOST, up.stack().portBase()));
      makeProject(client);
      Workspace workspace = Workspace.open(client);
      EndpointDocument endpoint = endpoint(workspace);
      boolean ran = endpoint.currentState().equals("active");
      // also one that is said to run: a compute that has just died is noticed here
      client.startEndpoint(workspace.project().id(), endpoint.id());
      if (up.started() == 0 && ran) {
        print("The stack in " + directory().path() + " is up already.");
      } else {
        print("The stack in " + directory().path() + " is up.");
      }
      print("Connect with `argon psql` or any PostgreSQL driver:");
      print(client.connectionUri(workspace.project().id(), endpoint.id()));
    }
    return 0;
  }

  /// Also waits for one that an interrupted `up` left to the control plane.
  private void makeProject(ControlPlaneClient client)
      throws IOException, ApiProblem, InterruptedException {
    long deadline = System.nanoTime() + PROJECT_TIMEOUT.toNanos();
    while (client.projects().isEmpty()) {
      try {
        client.createProject(
            new ProjectRequest(new ProjectRequest.Fields(MAIN, pgVersion, locale)));
        return;
      } catch (ApiProblem problem) {
        if (problem.code() != ProblemCode.CONFLICT || System.nanoTime() > deadline) {
          throw problem;
        }
        Thread.sleep(POLL);
      }
    }
  }

  private static EndpointDocument endpoint(Workspace workspace)
      throws IOException, ApiProblem, CliException {
    for (EndpointDocument endpoint : workspace.endpoints()) {
      if (endpoint.name().equals(MAIN)) {
        return endpoint;
      }
    }
    return workspace
        .client()
        .createEndpoint(
            workspace.project().id(),
            new EndpointRequest(
                new EndpointRequest.Fields(
                    MAIN, workspace.defaultBranch().id(), "read_write", null, null)));
  }
}
