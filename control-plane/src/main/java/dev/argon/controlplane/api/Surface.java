package dev.argon.controlplane.api;

import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Operations;
import dev.argon.controlplane.branch.Projects;
import dev.argon.controlplane.endpoint.Endpoints;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.controlplane.metadata.Operation;
import dev.argon.controlplane.metadata.OperationStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Neon's public API v2, as far as it goes, under `/api/v2`.
public final class Surface {

  /// How long a request waits for its operation.
  static final Duration OPERATION_WAIT = Duration.ofMinutes(4);

  static final Duration DEADLINE = OPERATION_WAIT.plusSeconds(20);

  private static final String BASE = "/api/v2/projects";
  private static final String PROJECT = BASE + "/{p}";
  private static final String BRANCH = PROJECT + "/branches/{b}";
  private static final String ENDPOINT = PROJECT + "/endpoints/{e}";

  private static final int PG_VERSION_DEFAULT = 15;
  private static final int OPERATIONS_LISTED = 100;

  private final Projects projects;
  private final Branches branches;
  private final Endpoints endpoints;
  private final OperationStore operations;
  private final String localeDefault;

  public Surface(
      Projects projects,
      Branches branches,
      Endpoints endpoints,
      OperationStore operations,
      String localeDefault) {
    this.projects = projects;
    this.branches = branches;
    this.endpoints = endpoints;
    this.operations = operations;
    this.localeDefault = localeDefault;
  }

  public void addTo(Router router) {
    router
        .get(BASE, this::listProjects)
        .route("POST", BASE, DEADLINE, this::createProject)
        .get(PROJECT, this::getProject)
        .get(PROJECT + "/branches", this::listBranches)
        .route("POST", PROJECT + "/branches", DEADLINE, this::createBranch)
        .get(BRANCH, this::getBranch)
        .route("DELETE", BRANCH, DEADLINE, this::deleteBranch)
        .get(PROJECT + "/endpoints", this::listEndpoints)
        .post(PROJECT + "/endpoints", this::createEndpoint)
        .get(ENDPOINT, this::getEndpoint)
        .patch(ENDPOINT, this::updateEndpoint)
        .route("DELETE", ENDPOINT, DEADLINE, this::deleteEndpoint)
        .route("POST", ENDPOINT + "/start", DEADLINE, this::startEndpoint)
        .route("POST", ENDPOINT + "/suspend", DEADLINE, this::suspendEndpoint)
        .route("POST", ENDPOINT + "/restart", DEADLINE, this::restartEndpoint)
        .get(PROJECT + "/operations", this::listOperations)
        .get(PROJECT + "/operations/{o}", this::getOperation)
        .get(PROJECT + "/connection_uri", this::connectionUri);
  }

  // Projects.

  private Response listProjects(Request request) {
    return Response.json(
        new ProjectsAnswer(projects.list().stream().map(ProjectDocument::of).toList()));
  }

  private Response createProject(Request request) throws ApiProblem, InterruptedException {
    ProjectRequest.Fields fields = request.body(ProjectRequest.class).project();
    Projects.Made made =
        projects.create(
            fields.name(),
            fields.pgVersion() == 0 ? PG_VERSION_DEFAULT : fields.pgVersion(),
            or(fields.locale(), localeDefault));
    Operation operation = made.operation().await(OPERATION_WAIT);
    return Response.json(
        201, projectAnswer(projects.require(made.projectId()), List.of(operation)));
  }

  private Response getProject(Request request) throws ApiProblem {
    return Response.json(projectAnswer(project(request), List.of()));
  }

  private ProjectAnswer projectAnswer(Project project, List<Operation> done) {
    return new ProjectAnswer(
        ProjectDocument.of(project),
        branches.list(project.id()).stream().map(BranchDocument::of).toList(),
        done.stream().map(OperationDocument::of).toList());
  }

  private Project project(Request request) throws ApiProblem {
    return projects.require(request.pathParameter("p"));
  }

  // Branches.

  private Response listBranches(Request request) throws ApiProblem {
    return Response.json(
        new BranchesAnswer(
            branches.list(project(request).id()).stream().map(BranchDocument::of).toList()));
  }

  private Response createBranch(Request request) throws ApiProblem, InterruptedException {
    Project project = project(request);
    BranchRequest.Fields fields = request.body(BranchRequest.class).branch();
    String lsn = or(fields.parentLsn(), "");
    String timestamp = timestamp(or(fields.parentTimestamp(), ""));
    if (!lsn.isEmpty() && !timestamp.isEmpty()) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "parent_lsn and parent_timestamp: give one of them");
    }
    String parent = or(fields.parentId(), "");
    Branches.Made made =
        branches.create(
            project,
            parent.isEmpty() ? defaultBranch(project).id() : parent,
            fields.name(),
            new Branches.Point(lsn, timestamp));
    Operation operation = made.operation().await(OPERATION_WAIT);
    Branch branch = branches.require(project.id(), made.branchId());
    return Response.json(201, branchAnswer(branch, operation));
  }

  private static String timestamp(String text) throws ApiProblem {
    try {
      return text.isEmpty() ? "" : OffsetDateTime.parse(text).toInstant().toString();
    } catch (DateTimeParseException e) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "not a time like 2026-01-31T12:00:00Z: " + text, e);
    }
  }

  private Branch defaultBranch(Project project) throws ApiProblem {
    return branches.list(project.id()).stream()
        .filter(Branch::isDefault)
        .findFirst()
        .orElseThrow(
            () -> new ApiProblem(ProblemCode.NOT_FOUND, "the project has no first branch"));
  }

  private Response getBranch(Request request) throws ApiProblem {
    return Response.json(new BranchAnswer(BranchDocument.of(branch(request)), List.of()));
  }

  private Response deleteBranch(Request request) throws ApiProblem, InterruptedException {
    Branch branch = branch(request);
    branches.checkNoChildren(branch);
    for (Endpoint endpoint : endpoints.list(branch.projectId())) {
      if (endpoint.branchId().equals(branch.id())) {
        Operation _ = endpoints.delete(endpoint).await(OPERATION_WAIT);
      }
    }
    Operation operation = branches.delete(branch).await(OPERATION_WAIT);
    return Response.json(branchAnswer(branch, operation));
  }

  private Branch branch(Request request) throws ApiProblem {
    return branches.require(project(request).id(), request.pathParameter("b"));
  }

  private static BranchAnswer branchAnswer(Branch branch, Operation operation) {
    return new BranchAnswer(BranchDocument.of(branch), List.of(OperationDocument.of(operation)));
  }

  // Endpoints.

  private Response listEndpoints(Request request) throws ApiProblem {
    return Response.json(
        new EndpointsAnswer(
            endpoints.list(project(request).id()).stream()
                .map(endpoint -> EndpointDocument.of(endpoint, endpoints))
                .toList()));
  }

  private Response createEndpoint(Request request)
      throws ApiProblem, IOException, InterruptedException {
    Project project = project(request);
    EndpointRequest.Fields fields = request.body(EndpointRequest.class).endpoint();
    String branchId = or(fields.branchId(), "");
    Branch branch =
        branchId.isEmpty() ? defaultBranch(project) : branches.require(project.id(), branchId);
    Endpoint endpoint =
        endpoints.create(
            project,
            branch,
            new Endpoints.Request(
                or(fields.name(), ""),
                endpointType(or(fields.type(), "read_write")),
                or(fields.lsn(), ""),
                settings(fields)));
    return Response.json(
        201, new EndpointAnswer(EndpointDocument.of(endpoint, endpoints), List.of()));
  }

  private static Endpoint.Type endpointType(String text) throws ApiProblem {
    try {
      return Endpoint.Type.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  private static Map<String, String> settings(EndpointRequest.Fields fields) {
    EndpointDocument.Settings settings = fields.settings();
    Map<String, String> given = settings == null ? null : settings.pgSettings();
    return given == null ? Map.of() : given;
  }

  private Response getEndpoint(Request request) throws ApiProblem {
    return Response.json(
        new EndpointAnswer(EndpointDocument.of(endpoint(request), endpoints), List.of()));
  }

  private Response updateEndpoint(Request request)
      throws ApiProblem, IOException, InterruptedException {
    Map<String, String> changes = settings(request.body(EndpointRequest.class).endpoint());
    Endpoint changed = endpoints.set(endpoint(request), changes);
    return Response.json(new EndpointAnswer(EndpointDocument.of(changed, endpoints), List.of()));
  }

  private Response deleteEndpoint(Request request) throws ApiProblem, InterruptedException {
    Endpoint endpoint = endpoint(request);
    EndpointDocument before = EndpointDocument.of(endpoint, endpoints);
    Operation operation = endpoints.delete(endpoint).await(OPERATION_WAIT);
    return Response.json(new EndpointAnswer(before, List.of(OperationDocument.of(operation))));
  }

  private Response startEndpoint(Request request) throws ApiProblem, InterruptedException {
    return endpointAfter(request, endpoints.start(endpoint(request)));
  }

  private Response suspendEndpoint(Request request) throws ApiProblem, InterruptedException {
    return endpointAfter(request, endpoints.stop(endpoint(request), stopMode(request)));
  }

  private Response restartEndpoint(Request request) throws ApiProblem, InterruptedException {
    return endpointAfter(request, endpoints.restart(endpoint(request)));
  }

  private Response endpointAfter(Request request, Operations.Running running)
      throws ApiProblem, InterruptedException {
    Operation operation = running.await(OPERATION_WAIT);
    return Response.json(
        new EndpointAnswer(
            EndpointDocument.of(endpoint(request), endpoints),
            List.of(OperationDocument.of(operation))));
  }

  private Endpoint endpoint(Request request) throws ApiProblem {
    return endpoints.require(project(request).id(), request.pathParameter("e"));
  }

  /// @return `fast` unless the query says `mode=immediate`
  static String stopMode(Request request) throws ApiProblem {
    String mode = request.queryParameter("mode").orElse("fast");
    return switch (mode) {
      case "fast", "immediate" -> mode;
      default -> throw new ApiProblem(ProblemCode.BAD_REQUEST, "mode: fast or immediate");
    };
  }

  // Operations and connections.

  private Response listOperations(Request request) throws ApiProblem {
    return Response.json(
        new OperationsAnswer(
            operations.list(project(request).id(), OPERATIONS_LISTED).stream()
                .map(OperationDocument::of)
                .toList()));
  }

  private Response getOperation(Request request) throws ApiProblem {
    Project project = project(request);
    return Response.json(
        operations
            .find(request.pathParameter("o"))
            .filter(operation -> operation.projectId().equals(project.id()))
            .map(OperationDocument::of)
            .orElseThrow(
                () -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no such operation")));
  }

  private Response connectionUri(Request request) throws ApiProblem {
    Project project = project(request);
    String endpointId = request.queryParameter("endpoint_id").orElse("");
    Endpoint endpoint =
        endpointId.isEmpty()
            ? writerOf(project, request.queryParameter("branch_id").orElse(""))
            : endpoints.require(project.id(), endpointId);
    String database = request.queryParameter("database_name").orElse("postgres");
    return Response.json(
        new ConnectionUriAnswer(
            "postgresql://"
                + project.owner().user()
                + ":"
                + project.owner().password()
                + "@"
                + endpoints.host()
                + ":"
                + endpoint.pgPort()
                + "/"
                + database));
  }

  private Endpoint writerOf(Project project, String branchId) throws ApiProblem {
    Branch branch =
        branchId.isEmpty() ? defaultBranch(project) : branches.require(project.id(), branchId);
    return endpoints.list(project.id()).stream()
        .filter(endpoint -> endpoint.branchId().equals(branch.id()))
        .filter(endpoint -> endpoint.type() == Endpoint.Type.READ_WRITE)
        .findFirst()
        .orElseThrow(() ->
            new ApiProblem(
                ProblemCode.NOT_FOUND,
                "branch "
                    + branch.name()
                    + " has no read-write endpoint: argon endpoint create --branch "
                    + branch.name()));
  }

  private static String or(@Nullable String text, String otherwise) {
    return text == null || text.isEmpty() ? otherwise : text;
  }
}
