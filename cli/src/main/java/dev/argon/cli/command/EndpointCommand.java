package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.controlplane.api.EndpointRequest;
import dev.argon.controlplane.api.EndpointsAnswer;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `argon endpoint`.
@Command(
    name = "endpoint",
    description = "Endpoints: list, make, start, stop, set, delete.",
    subcommands = {
      EndpointCommand.ListEndpoints.class,
      EndpointCommand.Create.class,
      EndpointCommand.Start.class,
      EndpointCommand.Stop.class,
      EndpointCommand.Set.class,
      EndpointCommand.Delete.class
    })
final class EndpointCommand extends GroupCommand {

  /// `argon endpoint list`.
  @Command(name = "list", description = "All endpoints.")
  static final class ListEndpoints extends StackCommand {
    @Option(names = "--json", description = "for scripts")
    boolean json;

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Workspace workspace = workspace();
      List<EndpointDocument> endpoints = workspace.endpoints();
      if (json) {
        printJson(new EndpointsAnswer(endpoints));
        return 0;
      }
      Map<String, String> branches =
          workspace.branches().stream()
              .collect(Collectors.toMap(BranchDocument::id, BranchDocument::name));
      Table table = new Table("NAME", "ID", "BRANCH", "TYPE", "STATE", "ADDRESS", "SETTINGS");
      for (EndpointDocument endpoint : endpoints) {
        Map<String, String> settings = endpoint.settings().pgSettings();
        String lsn = endpoint.lsn();
        table.row(
            endpoint.name(),
            endpoint.id(),
            branches.getOrDefault(endpoint.branchId(), endpoint.branchId()),
            lsn == null ? endpoint.type() : endpoint.type() + " at " + lsn,
            endpoint.currentState(),
            endpoint.host() + ":" + endpoint.port(),
            settings == null ? "" : new TreeMap<>(settings).toString());
      }
      table.print(out());
      for (EndpointDocument endpoint : endpoints) {
        if (endpoint.lastError() != null) {
          print(endpoint.name() + ": " + endpoint.lastError());
        }
      }
      return 0;
    }
  }

  /// `argon endpoint create`.
  @Command(name = "create", description = "A new endpoint; `argon endpoint start` starts it.")
  static final class Create extends StackCommand {
    @Parameters(arity = "0..1", paramLabel = "NAME", description = "default: its id")
    String name = "";

    @Option(names = "--branch", paramLabel = "BRANCH", description = "default: the first branch")
    String branch = "";

    @Option(names = "--read-only", description = "follows the branch, as a hot standby")
    boolean readOnly;

    @Option(
        names = "--at",
        paramLabel = "LSN",
        description = "with --read-only: shows this point of the branch for ever")
    String at = "";

    @Option(names = "--json", description = "for scripts")
    boolean json;

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      PointInTime point = PointInTime.parse(at);
      if (!at.isEmpty() && !readOnly) {
        throw new CliException(
            "--at needs --read-only; to write from a point in the past make a branch there");
      }
      if (!point.timestamp().isEmpty()) {
        throw new CliException(
            "--at " + at + ": an endpoint takes an LSN; for a time make a branch there");
      }
      Workspace workspace = workspace();
      BranchDocument on = branch.isEmpty() ? workspace.defaultBranch() : workspace.branch(branch);
      EndpointDocument endpoint =
          workspace
              .client()
              .createEndpoint(
                  workspace.project().id(),
                  new EndpointRequest(
                      new EndpointRequest.Fields(
                          name,
                          on.id(),
                          readOnly ? "read_only" : "read_write",
                          point.lsnOrNull(),
                          null)));
      if (json) {
        printJson(endpoint);
      } else {
        print(
            "Endpoint "
                + endpoint.name()
                + " on branch "
                + on.name()
                + "; start it with `argon"
                + " endpoint start "
                + endpoint.name()
                + "`.");
      }
      return 0;
    }
  }

  /// `argon endpoint start`.
  @Command(name = "start", description = "Starts an endpoint; done when it takes queries.")
  static final class Start extends StackCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Workspace workspace = workspace();
      EndpointDocument endpoint =
          workspace.client().startEndpoint(workspace.project().id(), workspace.endpoint(name).id());
      if (!endpoint.currentState().equals("active")) {
        throw new CliException(
            "endpoint " + endpoint.name() + " is still starting: see `argon status`");
      }
      print("Endpoint " + endpoint.name() + " runs at " + endpoint.host() + ":" + endpoint.port());
      return 0;
    }
  }

  /// `argon endpoint stop`.
  @Command(name = "stop", description = "Stops an endpoint; its branch keeps everything.")
  static final class Stop extends StackCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Option(names = "--mode", description = "fast (default) or immediate")
    String mode = "fast";

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      StopModes.check(mode);
      Workspace workspace = workspace();
      EndpointDocument endpoint =
          workspace
              .client()
              .suspendEndpoint(workspace.project().id(), workspace.endpoint(name).id(), mode);
      if (!endpoint.currentState().equals("idle")) {
        throw new CliException(
            "endpoint " + endpoint.name() + " is still stopping: see `argon status`");
      }
      print("Endpoint " + endpoint.name() + " is stopped.");
      return 0;
    }
  }

  /// `argon endpoint set`.
  @Command(
      name = "set",
      description = "PostgreSQL settings, kept over restarts; key= takes one back.")
  static final class Set extends StackCommand {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "key=value")
    List<String> settings = List.of();

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Map<String, String> changes = new TreeMap<>();
      for (String setting : settings) {
        int equals = setting.indexOf('=');
        if (equals <= 0) {
          throw new CliException(setting + ": write key=value");
        }
        changes.put(setting.substring(0, equals), setting.substring(equals + 1));
      }
      Workspace workspace = workspace();
      EndpointDocument endpoint =
          workspace
              .client()
              .updateEndpoint(
                  workspace.project().id(),
                  workspace.endpoint(name).id(),
                  new EndpointRequest(
                      new EndpointRequest.Fields(
                          null, null, null, null, new EndpointDocument.Settings(changes))));
      print(
          endpoint.currentState().equals("idle")
              ? "Kept; they hold from the next start on."
              : "Kept. What needs no restart holds already; the rest from the next start on: `argon"
                  + " endpoint stop "
                  + endpoint.name()
                  + "`, then start.");
      return 0;
    }
  }

  /// `argon endpoint delete`.
  @Command(name = "delete", description = "Stops an endpoint and forgets it; the branch stays.")
  static final class Delete extends StackCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException, ApiProblem, CliException {
      Workspace workspace = workspace();
      EndpointDocument endpoint = workspace.endpoint(name);
      workspace.client().deleteEndpoint(workspace.project().id(), endpoint.id());
      print("Endpoint " + endpoint.name() + " is deleted.");
      return 0;
    }
  }
}
