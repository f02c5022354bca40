package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `argon logs`.
@Command(name = "logs", description = "What each process said.")
final class LogsCommand extends StackCommand {

  private static final String LINES = "100";

  @Parameters(
      arity = "0..1",
      paramLabel = "PART",
      description = "control-plane, pageserver, safekeeper-1, ... or an endpoint; default: all")
  String part = "";

  @Option(names = "-f", description = "go on as more is said")
  boolean follow;

  @Override
  public Integer call() throws IOException, InterruptedException, CliException {
    stack();
    List<String> command = new ArrayList<>(List.of("tail", "-n", LINES));
    if (follow) {
      command.add("-F");
    }
    for (Path file : files()) {
      command.add(file.toString());
    }
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private List<Path> files() throws IOException, CliException {
    Path process = directory().log(part);
    if (!part.isEmpty() && Files.exists(process)) {
      return List.of(process);
    }
    if (!part.isEmpty()) {
      Path endpoint = directory().endpoints().resolve(endpointId()).resolve("compute.log");
      if (Files.exists(endpoint)) {
        return List.of(endpoint);
      }
      throw new CliException(
          "there is no log of "
              + part
              + ": control-plane, pageserver, safekeeper-1, ... or an"
              + " endpoint that was started");
    }
    List<Path> all = new ArrayList<>();
    for (Path root : List.of(directory().path().resolve("logs"), directory().endpoints())) {
      if (Files.isDirectory(root)) {
        try (Stream<Path> tree = Files.walk(root, 2)) {
          tree.filter(file -> file.toString().endsWith(".log")).sorted().forEach(all::add);
        }
      }
    }
    if (all.isEmpty()) {
      throw new CliException("nothing has run yet in " + directory().path());
    }
    return all;
  }

  /// The control plane may be down; an id needs no look-up.
  private String endpointId() throws IOException, CliException {
    if (Files.isDirectory(directory().endpoints().resolve(part))) {
      return part;
    }
    try {
      Workspace workspace = workspace();
      EndpointDocument endpoint = workspace.endpoint(part);
      return endpoint.id();
    } catch (ApiProblem e) {
      throw new CliException(e.detail(), e);
    }
  }
}
