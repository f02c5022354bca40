package dev.argon.controlplane.branch;

import dev.argon.controlplane.Ids;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.LifeState;
import dev.argon.controlplane.metadata.MetadataException;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Makes and finds projects.
public final class Projects {

  /// The user of a new project: a real superuser.
  private static final String SUPERUSER = "postgres";

  private static final String FIRST_BRANCH = "main";
  private static final int PG_VERSION = 15;

  private final StorageNodes nodes;
  private final ProjectStore projects;
  private final Branches branches;
  private final Ids ids;
  private final InstantSource clock;

  public Projects(
      StorageNodes nodes, ProjectStore projects, Branches branches, Ids ids, InstantSource clock) {
    this.nodes = nodes;
    this.projects = projects;
    this.branches = branches;
    this.ids = ids;
    this.clock = clock;
  }

  /// Begins to make a project with its first branch, `main`.
  ///
  /// @param locale initdb's, as in `C.UTF-8`
  public Made create(String name, int pgVersion, String locale) throws ApiProblem {
    if (pgVersion != PG_VERSION) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST, "pg_version " + pgVersion + ": only " + PG_VERSION + " so far");
    }
    Names.check("project", name);
    String now = clock.instant().toString();
    Project project =
        new Project(
            ids.project(),
            name,
            TenantId.random(ids.random()),
            1,
            nodes.anyPageserver().nodeId(),
            pgVersion,
            locale,
            new Project.Login(SUPERUSER, ids.password()),
            LifeState.INIT,
            now);
    Branch branch =
        new Branch(
            ids.branch(),
            project.id(),
            FIRST_BRANCH,
            TimelineId.random(ids.random()),
            Optional.empty(),
            "",
            "",
            true,
            LifeState.INIT,
            now);
    try {
      projects.insert(project);
    } catch (MetadataException e) {
      throw Names.duplicate("project", name, e);
    }
    boolean inserted = false;
    try {
      branches.insert(branch);
      inserted = true;
    } finally {
      if (!inserted) {
        projects.delete(project.id());
      }
    }
    return new Made(project.id(), branch.id(), branches.make(branch));
  }

  /// A project that is being made.
  public record Made(String projectId, String branchId, Operations.Running operation) {}

  /// A project that is there for users.
  ///
  /// @throws ApiProblem if there is none
  public Project require(String id) throws ApiProblem {
    return projects
        .find(id)
        .filter(project -> project.state() == LifeState.READY)
        .orElseThrow(() -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no project " + id));
  }

  public List<Project> list() {
    return projects.list().stream().filter(project -> project.state() == LifeState.READY).toList();
  }
}
