package dev.argon.cli.api;

import dev.argon.cli.CliException;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.controlplane.api.ProjectDocument;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// The stack's one project, and its branches and endpoints by name or id.
public final class Workspace {

  private final ControlPlaneClient client;
  private final ProjectDocument project;

  private Workspace(ControlPlaneClient client, ProjectDocument project) {
    this.client = client;
    this.project = project;
  }

  /// @throws CliException if the stack has no project yet
  public static Workspace open(ControlPlaneClient client)
      throws IOException, ApiProblem, CliException {
    return client.projects().stream()
        .findFirst()
        .map(project -> new Workspace(client, project))
        .orElseThrow(() -> new CliException("there is no project yet: run `argon up`"));
  }

  public ControlPlaneClient client() {
    return client;
  }

  public ProjectDocument project() {
    return project;
  }

  public List<BranchDocument> branches() throws IOException, ApiProblem {
    return client.branches(project.id());
  }

  public List<EndpointDocument> endpoints() throws IOException, ApiProblem {
    return client.endpoints(project.id());
  }

  /// @throws CliException naming those there are
  public BranchDocument branch(String nameOrId) throws IOException, ApiProblem, CliException {
    List<BranchDocument> all = branches();
    return all.stream()
        .filter(branch -> branch.name().equals(nameOrId) || branch.id().equals(nameOrId))
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                "there is no branch "
                    + nameOrId
                    + "; there is "
                    + all.stream().map(BranchDocument::name).collect(Collectors.joining(", "))));
  }

  public BranchDocument defaultBranch() throws IOException, ApiProblem, CliException {
    return branches().stream()
        .filter(BranchDocument::isDefault)
        .findFirst()
        .orElseThrow(() -> new CliException("there is no branch yet: run `argon up`"));
  }

  /// An endpoint by its name or id, or by its branch: the one that writes, else the only one.
  ///
  /// @param text empty for the first branch's
  public EndpointDocument endpoint(String text) throws IOException, ApiProblem, CliException {
    List<EndpointDocument> all = endpoints();
    for (EndpointDocument endpoint : all) {
      if (endpoint.name().equals(text) || endpoint.id().equals(text)) {
        return endpoint;
      }
    }
    BranchDocument branch = text.isEmpty() ? defaultBranch() : branchOrEndpoint(text);
    List<EndpointDocument> onBranch =
        all.stream().filter(endpoint -> endpoint.branchId().equals(branch.id())).toList();
    return onBranch.stream()
        .filter(endpoint -> endpoint.type().equals("read_write") || onBranch.size() == 1)
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                "branch "
                    + branch.name()
                    + " has no endpoint: make one with `argon endpoint"
                    + " create --branch "
                    + branch.name()
                    + "`"));
  }

  private BranchDocument branchOrEndpoint(String text)
      throws IOException, ApiProblem, CliException {
    try {
      return branch(text);
    } catch (CliException e) {
      throw new CliException(
          "there is no endpoint or branch " + text + ": see `argon endpoint list`", e);
    }
  }
}
