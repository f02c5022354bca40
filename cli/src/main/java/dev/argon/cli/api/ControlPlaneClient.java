package dev.argon.cli.api;

import dev.argon.controlplane.api.BranchAnswer;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.controlplane.api.BranchRequest;
import dev.argon.controlplane.api.BranchesAnswer;
import dev.argon.controlplane.api.ConnectionUriAnswer;
import dev.argon.controlplane.api.DrainRequest;
import dev.argon.controlplane.api.EndpointAnswer;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.controlplane.api.EndpointRequest;
import dev.argon.controlplane.api.EndpointsAnswer;
import dev.argon.controlplane.api.MembershipDocument;
import dev.argon.controlplane.api.MembershipsAnswer;
import dev.argon.controlplane.api.NodeRequest;
import dev.argon.controlplane.api.ProjectAnswer;
import dev.argon.controlplane.api.ProjectDocument;
import dev.argon.controlplane.api.ProjectRequest;
import dev.argon.controlplane.api.ProjectsAnswer;
import dev.argon.controlplane.api.SafekeeperDocument;
import dev.argon.controlplane.api.SafekeepersAnswer;
import dev.argon.node.ApiProblem;
import dev.argon.node.Done;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Asks the control plane.
public final class ControlPlaneClient {

  /// Longer than the control plane lets a request wait for its operation.
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private static final String PROJECTS = "/api/v2/projects";
  private static final String SAFEKEEPERS = "/control/v1/safekeeper";

  private final HttpJsonClient http;

  public ControlPlaneClient(HostPort address) {
    this(address, TIMEOUT);
  }

  public ControlPlaneClient(HostPort address, Duration timeout) {
    http = new HttpJsonClient(address, timeout);
  }

  public void registerNode(String kind, long nodeId, HostPort pg, HostPort httpAddress)
      throws IOException, ApiProblem {
    http.put(
        "/v1/node",
        new NodeRequest(kind, nodeId, pg.toString(), httpAddress.toString()),
        Done.class);
  }

  public List<SafekeeperDocument> safekeepers() throws IOException, ApiProblem {
    return http.get(SAFEKEEPERS, SafekeepersAnswer.class).safekeepers();
  }

  public SafekeeperDocument safekeeper(long id) throws IOException, ApiProblem {
    return http.get(SAFEKEEPERS + "/" + id, SafekeeperDocument.class);
  }

  /// Begins to take a safekeeper out of use.
  ///
  /// @param replacementId 0 for any
  public SafekeeperDocument drainSafekeeper(long id, long replacementId)
      throws IOException, ApiProblem {
    return http.put(
        SAFEKEEPERS + "/" + id + "/drain",
        new DrainRequest(replacementId),
        SafekeeperDocument.class);
  }

  /// Keeps it in use after all.
  public SafekeeperDocument cancelDrain(long id) throws IOException, ApiProblem {
    return http.delete(SAFEKEEPERS + "/" + id + "/drain", SafekeeperDocument.class);
  }

  /// Which safekeepers keep which timeline.
  public List<MembershipDocument> memberships() throws IOException, ApiProblem {
    return http.get("/control/v1/membership", MembershipsAnswer.class).memberships();
  }

  /// Ends all computes because the stack goes down.
  public void holdEndpoints(String mode) throws IOException, ApiProblem {
    http.post("/v1/hold-endpoints?mode=" + mode, Done.class);
  }

  public void releaseEndpoints() throws IOException, ApiProblem {
    http.post("/v1/release-endpoints", Done.class);
  }

  public List<ProjectDocument> projects() throws IOException, ApiProblem {
    return http.get(PROJECTS, ProjectsAnswer.class).projects();
  }

  public ProjectAnswer createProject(ProjectRequest request) throws IOException, ApiProblem {
    return http.post(PROJECTS, request, ProjectAnswer.class);
  }

  public List<BranchDocument> branches(String project) throws IOException, ApiProblem {
    return http.get(path(project, "branches"), BranchesAnswer.class).branches();
  }

  public BranchDocument createBranch(String project, BranchRequest request)
      throws IOException, ApiProblem {
    return http.post(path(project, "branches"), request, BranchAnswer.class).branch();
  }

  public void deleteBranch(String project, String branch) throws IOException, ApiProblem {
    http.delete(path(project, "branches/" + branch), BranchAnswer.class);
  }

  public List<EndpointDocument> endpoints(String project) throws IOException, ApiProblem {
    return http.get(path(project, "endpoints"), EndpointsAnswer.class).endpoints();
  }

  public EndpointDocument createEndpoint(String project, EndpointRequest request)
      throws IOException, ApiProblem {
    return http.post(path(project, "endpoints"), request, EndpointAnswer.class).endpoint();
  }

  public EndpointDocument updateEndpoint(String project, String endpoint, EndpointRequest request)
      throws IOException, ApiProblem {
    return http.patch(path(project, "endpoints/" + endpoint), request, EndpointAnswer.class)
        .endpoint();
  }

  public void deleteEndpoint(String project, String endpoint) throws IOException, ApiProblem {
    http.delete(path(project, "endpoints/" + endpoint), EndpointAnswer.class);
  }

  public EndpointDocument startEndpoint(String project, String endpoint)
      throws IOException, ApiProblem {
    return http.post(path(project, "endpoints/" + endpoint + "/start"), EndpointAnswer.class)
        .endpoint();
  }

  public EndpointDocument suspendEndpoint(String project, String endpoint, String mode)
      throws IOException, ApiProblem {
    String path = path(project, "endpoints/" + endpoint + "/suspend?mode=" + mode);
    return http.post(path, EndpointAnswer.class).endpoint();
  }

  public String connectionUri(String project, String endpoint) throws IOException, ApiProblem {
    String path = path(project, "connection_uri?endpoint_id=" + endpoint);
    return http.get(path, ConnectionUriAnswer.class).uri();
  }

  private static String path(String project, String rest) {
    return PROJECTS + "/" + project + "/" + rest;
  }
}
