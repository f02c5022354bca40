package dev.argon.controlplane.api;

import dev.argon.controlplane.endpoint.Endpoints;
import dev.argon.controlplane.metadata.NodeStore;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.identity.TenantId;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What storage nodes and the launcher ask, under `/v1`.
public final class UpcallRoutes {

  private static final Duration STOP_DEADLINE = Duration.ofMinutes(5);

  private final NodeStore nodes;
  private final ProjectStore projects;
  private final Endpoints endpoints;

  public UpcallRoutes(NodeStore nodes, ProjectStore projects, Endpoints endpoints) {
    this.nodes = nodes;
    this.projects = projects;
    this.endpoints = endpoints;
  }

  public void addTo(Router router) {
    router
        .put("/v1/node", this::putNode)
        .post("/v1/re-attach", this::reattach)
        .post("/v1/validate", this::validate)
        .route("POST", "/v1/hold-endpoints", STOP_DEADLINE, this::holdEndpoints)
        .post("/v1/release-endpoints", this::releaseEndpoints);
  }

  private Response putNode(Request request) throws ApiProblem {
    NodeRequest node = request.body(NodeRequest.class);
    StorageNode registering;
    try {
      registering =
          new StorageNode(
              StorageNode.Kind.parse(node.kind()),
              node.nodeId(),
              HostPort.parse(node.pgAddress()),
              HostPort.parse(node.httpAddress()));
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    if (!nodes.put(registering)) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          registering.label() + " was taken out of use: give a new one another id");
    }
    return Response.done();
  }

  /// A pageserver has started: its tenants under new generations.
  private Response reattach(Request request) throws ApiProblem {
    long nodeId = request.body(ReattachRequest.class).nodeId();
    List<TenantGenerations.Tenant> tenants =
        projects.reattach(nodeId).stream()
            .map(p -> new TenantGenerations.Tenant(p.tenant().toString(), p.generation()))
            .toList();
    return Response.json(new TenantGenerations(tenants));
  }

  /// May what was written under these generations take effect?
  private Response validate(Request request) throws ApiProblem {
    List<TenantValidity.Tenant> answer = new ArrayList<>();
    for (TenantGenerations.Tenant asked : request.body(TenantGenerations.class).tenants()) {
      TenantId tenant;
      try {
        tenant = TenantId.parse(asked.id());
      } catch (IllegalArgumentException e) {
        throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
      }
      projects
          .findByTenant(tenant)
          .ifPresent(project ->
              answer.add(
                  new TenantValidity.Tenant(asked.id(), project.generation() == asked.gen())));
    }
    return Response.json(new TenantValidity(answer));
  }

  /// The stack comes up, perhaps after it did not go down to the end.
  private Response releaseEndpoints(Request request) {
    endpoints.releaseAll();
    return Response.done();
  }

  /// The stack goes down.
  private Response holdEndpoints(Request request) throws ApiProblem, InterruptedException {
    endpoints.holdAll(Surface.stopMode(request));
    return Response.done();
  }
}
