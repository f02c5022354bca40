package dev.argon.controlplane.api;

import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Projects;
import dev.argon.controlplane.membership.Drains;
import dev.argon.controlplane.membership.Memberships;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Operation;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.Safekeeper;
import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which safekeepers there are and who keeps which timeline; after the paths of Neon's storage
/// controller.
public final class SafekeeperRoutes {

  private static final String SAFEKEEPERS = "/control/v1/safekeeper";
  private static final String SAFEKEEPER = SAFEKEEPERS + "/{id}";
  private static final String TENANT = "/v1/tenant/{t}";
  private static final String TIMELINE = TENANT + "/timeline/{tl}";

  private final Projects projects;
  private final Branches branches;
  private final Memberships memberships;
  private final Drains drains;

  public SafekeeperRoutes(
      Projects projects, Branches branches, Memberships memberships, Drains drains) {
    this.projects = projects;
    this.branches = branches;
    this.memberships = memberships;
    this.drains = drains;
  }

  public void addTo(Router router) {
    router
        .get(SAFEKEEPERS, _ -> listSafekeepers())
        .get(SAFEKEEPER, request -> safekeeper(id(request)))
        .put(SAFEKEEPER + "/drain", this::drain)
        .delete(SAFEKEEPER + "/drain", this::cancelDrain)
        .get("/control/v1/membership", _ -> listMemberships())
        .get(TIMELINE + "/safekeepers", request -> membership(branch(request)))
        .route("POST", TIMELINE + "/safekeeper_migrate", Surface.DEADLINE, this::migrate)
        .post(TIMELINE + "/safekeeper_migrate_abort", this::abort)
        .route("POST", TENANT + "/safekeeper_migrate", Surface.DEADLINE, this::migrateAll);
  }

  private Response listSafekeepers() {
    return Response.json(
        new SafekeepersAnswer(drains.list().stream().map(this::document).toList()));
  }

  private SafekeeperDocument document(Safekeeper safekeeper) {
    return SafekeeperDocument.of(safekeeper, drains.problem(safekeeper));
  }

  private Response safekeeper(long id) throws ApiProblem {
    return Response.json(document(drains.require(id)));
  }

  private static long id(Request request) throws ApiProblem {
    try {
      return Long.parseLong(request.pathParameter("id"));
    } catch (NumberFormatException e) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "not the id of a node: " + request.pathParameter("id"), e);
    }
  }

  private Response drain(Request request) throws ApiProblem {
    drains.begin(id(request), request.body(DrainRequest.class).replacementId());
    return safekeeper(id(request));
  }

  private Response cancelDrain(Request request) throws ApiProblem {
    drains.cancel(id(request));
    return safekeeper(id(request));
  }

  private Response listMemberships() {
    List<MembershipDocument> all = new ArrayList<>();
    for (Project project : projects.list()) {
      all.addAll(documents(project));
    }
    return Response.json(new MembershipsAnswer(all));
  }

  private List<MembershipDocument> documents(Project project) {
    return branches.list(project.id()).stream()
        .map(branch -> document(project.tenant().toString(), branch))
        .toList();
  }

  private MembershipDocument document(String tenant, Branch branch) {
    return MembershipDocument.of(
        tenant, branch, memberships.membership(branch), memberships.problem(branch));
  }

  private Response membership(Branch branch) throws ApiProblem {
    Project project = projects.require(branch.projectId());
    return Response.json(document(project.tenant().toString(), branch));
  }

  private static TenantId tenant(Request request) throws ApiProblem {
    try {
      return TenantId.parse(request.pathParameter("t"));
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  private Branch branch(Request request) throws ApiProblem {
    TimelineId timeline;
    try {
      timeline = TimelineId.parse(request.pathParameter("tl"));
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    return memberships.require(tenant(request), timeline);
  }

  private static Set<NodeId> wanted(Request request) throws ApiProblem {
    Set<NodeId> nodes = new HashSet<>();
    List<Long> ids = request.body(MigrateRequest.class).newSkSet();
    for (long id : ids) {
      if (id <= 0 || !nodes.add(new NodeId(id))) {
        throw new ApiProblem(ProblemCode.BAD_REQUEST, "new_sk_set: ids of different nodes: " + ids);
      }
    }
    return nodes;
  }

  private Response migrate(Request request) throws ApiProblem, InterruptedException {
    Branch branch = branch(request);
    Operation _ = memberships.migrate(branch, wanted(request)).await(Surface.OPERATION_WAIT);
    return membership(branch);
  }

  private Response abort(Request request) throws ApiProblem {
    Branch branch = branch(request);
    memberships.abort(branch);
    drains.wake();
    return membership(branch);
  }

  /// All timelines of a tenant, one after the other. Asked again it goes on where it ended.
  private Response migrateAll(Request request) throws ApiProblem, InterruptedException {
    TenantId tenant = tenant(request);
    Set<NodeId> wanted = wanted(request);
    Project project =
        projects.list().stream()
            .filter(known -> known.tenant().equals(tenant))
            .findFirst()
            .orElseThrow(
                () -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no tenant " + tenant));
    for (Branch branch : branches.list(project.id())) {
      Operation _ = memberships.migrate(branch, wanted).await(Surface.OPERATION_WAIT);
    }
    return Response.json(new MembershipsAnswer(documents(project)));
  }
}
