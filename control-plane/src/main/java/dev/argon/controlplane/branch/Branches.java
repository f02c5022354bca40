package dev.argon.controlplane.branch;

import dev.argon.controlplane.Ids;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.BranchStore;
import dev.argon.controlplane.metadata.EndpointStore;
import dev.argon.controlplane.metadata.LifeState;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.MetadataException;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.Lsn;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Makes, finds and deletes branches.
public final class Branches {

  private static final Logger LOG = System.getLogger(Branches.class.getName());

  private final StorageNodes nodes;
  private final ProjectStore projects;
  private final BranchStore branches;
  private final EndpointStore endpoints;
  private final MembershipStore memberships;
  private final Operations operations;
  private final TimelineCreation creation;
  private final TimelineDeletion deletion;
  private final Ids ids;
  private final InstantSource clock;

  /// Branches that an operation works on, so that no second one does.
  private final Set<String> inWork = ConcurrentHashMap.newKeySet();

  /// Orders the decisions "this branch gets a child" and "this branch goes"; only metadata is
  /// touched under it.
  private final ReentrantLock treeLock = new ReentrantLock();

  public Branches(
      StorageNodes nodes, Stores stores, Operations operations, Ids ids, InstantSource clock) {
    this.nodes = nodes;
    this.projects = stores.projects();
    this.branches = stores.branches();
    this.endpoints = stores.endpoints();
    this.operations = operations;
    this.ids = ids;
    this.clock = clock;
    memberships = stores.memberships();
    creation = new TimelineCreation(nodes, stores);
    deletion = new TimelineDeletion(nodes, stores);
  }

  /// The metadata that branches are about.
  public record Stores(
      ProjectStore projects,
      BranchStore branches,
      MembershipStore memberships,
      EndpointStore endpoints) {}

  /// Where a branch shall begin: at the parent's end unless one of the two is given.
  ///
  /// @param lsn or empty
  /// @param timestamp RFC 3339, or empty
  public record Point(String lsn, String timestamp) {}

  /// A branch that is being made.
  public record Made(String branchId, Operations.Running operation) {}

  /// Begins to make a branch.
  public Made create(Project project, String parentId, String name, Point point) throws ApiProblem {
    Names.check("branch", name);
    String lsn = checkedLsn(point.lsn());
    Branch branch =
        new Branch(
            ids.branch(),
            project.id(),
            name,
            TimelineId.random(ids.random()),
            Optional.of(new Branch.Origin(parentId, lsn, point.timestamp(), "")),
            "",
            "",
            false,
            LifeState.INIT,
            clock.instant().toString());
    treeLock.lock();
    try {
      require(project.id(), parentId);
      insert(branch);
    } catch (MetadataException e) {
      throw Names.duplicate("branch", name, e);
    } finally {
      treeLock.unlock();
    }
    return new Made(branch.id(), make(branch));
  }

  private static ApiProblem inWork(Branch branch) {
    return new ApiProblem(
        ProblemCode.LOCKED,
        "another operation works on branch " + branch.name() + ": try again when it is done");
  }

  /// Runs something that no other operation on the branch may meet.
  ///
  /// @throws ApiProblem LOCKED if one is under way, NOT_FOUND if the branch is no longer there
  public Operations.Running exclusively(Branch branch, String action, Operations.Task task)
      throws ApiProblem {
    claim(branch);
    return operate(branch, action, task);
  }

  /// As [#exclusively], at once on this thread and without a trace in the log of operations.
  ///
  /// @return false, and nothing was done, if another operation works on the branch or it is gone
  public boolean tryExclusively(Branch branch, Operations.Task task)
      throws ApiProblem, InterruptedException {
    if (!inWork.add(branch.id())) {
      return false;
    }
    try {
      boolean there =
          branches.find(branch.id()).filter(now -> now.state() == LifeState.READY).isPresent();
      if (there) {
        task.run();
      }
      return there;
    } finally {
      inWork.remove(branch.id());
    }
  }

  private void claim(Branch branch) throws ApiProblem {
    treeLock.lock();
    try {
      if (!inWork.add(branch.id())) {
        throw inWork(branch);
      }
      boolean claimed = false;
      try {
        require(branch.projectId(), branch.id());
        claimed = true;
      } finally {
        if (!claimed) {
          inWork.remove(branch.id());
        }
      }
    } finally {
      treeLock.unlock();
    }
  }

  private static String checkedLsn(String text) throws ApiProblem {
    if (text.isEmpty()) {
      return text;
    }
    try {
      return Lsn.parse(text).toString();
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  /// Inserts a branch on safekeepers chosen now, with [#resume] kept away from it.
  void insert(Branch branch) throws ApiProblem {
    inWork.add(branch.id());
    boolean inserted = false;
    try {
      // One that was chosen may just have begun to be drained: then others are chosen.
      while (!inserted) {
        inserted = branches.insert(branch, nodes.firstMembers());
      }
    } finally {
      if (!inserted) {
        inWork.remove(branch.id());
      }
    }
  }

  /// Makes the branch's timeline, or undoes what was made of it if that can never succeed.
  Operations.Running make(Branch branch) {
    return operate(
        branch,
        "create_timeline",
        () -> {
          try {
            creation.run(branch.id());
            projects.setState(branch.projectId(), LifeState.READY);
          } catch (ApiProblem problem) {
            undo(branch);
            throw problem;
          }
        });
  }

  private Operations.Running operate(Branch branch, String action, Operations.Task task) {
    inWork.add(branch.id());
    return operations.start(
        new Operations.Subject(branch.projectId(), branch.id(), ""),
        action,
        () -> {
          try {
            task.run();
          } finally {
            inWork.remove(branch.id());
          }
        });
  }

  /// What cannot be undone now is undone later.
  private void undo(Branch branch) throws InterruptedException {
    branches.setState(branch.id(), LifeState.DELETING);
    try {
      deletion.run(branch);
    } catch (ApiProblem e) {
      LOG.log(Level.WARNING, "branch {0} is undone later: {1}", branch.name(), e.getMessage());
    }
  }

  /// Begins to delete a branch.
  ///
  /// @throws ApiProblem if it has children or endpoints, or is the project's first
  public Operations.Running delete(Branch branch) throws ApiProblem {
    treeLock.lock();
    try {
      checkDeletable(branch);
      if (!inWork.add(branch.id())) {
        throw inWork(branch);
      }
      branches.setState(branch.id(), LifeState.DELETING);
    } finally {
      treeLock.unlock();
    }
    return operate(branch, "delete_timeline", () -> deletion.run(branch));
  }

  /// @throws ApiProblem if the branch must stay for reasons that do not lie in its endpoints
  public void checkNoChildren(Branch branch) throws ApiProblem {
    if (branch.isDefault()) {
      throw new ApiProblem(
          ProblemCode.REFUSED, "branch " + branch.name() + " is the project's first: it stays");
    }
    List<Branch> children = branches.children(branch.id());
    if (!children.isEmpty()) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          "branch "
              + branch.name()
              + " has a child, "
              + children.getFirst().name()
              + ": delete that first");
    }
  }

  private void checkDeletable(Branch branch) throws ApiProblem {
    checkNoChildren(branch);
    boolean used =
        endpoints.list(branch.projectId()).stream()
            .anyMatch(endpoint -> endpoint.branchId().equals(branch.id()));
    if (used) {
      throw new ApiProblem(
          ProblemCode.CONFLICT, "branch " + branch.name() + " has an endpoint: delete that first");
    }
  }

  /// Takes up what was left: by a control plane that died, or because storage was away. To be
  /// called at the start and now and then.
  public void resume() {
    for (Branch branch : branches.listInState(LifeState.INIT)) {
      if (!inWork.contains(branch.id())) {
        LOG.log(Level.INFO, "going on with branch {0}", branch.name());
        Operations.Running _ = make(branch);
      }
    }
    for (Branch branch : branches.listInState(LifeState.DELETING)) {
      if (!inWork.contains(branch.id())) {
        LOG.log(Level.INFO, "going on to delete branch {0}", branch.name());
        Operations.Running _ = operate(branch, "delete_timeline", () -> deletion.run(branch));
      }
    }
  }

  /// Tells safekeepers that were away when branches were made; to be called now and then.
  public void completeMembers() {
    creation.completeMembers();
  }

  /// The safekeepers of a branch.
  public Membership membership(Branch branch) {
    return memberships.require(branch.id());
  }

  /// The branch's end: at or after every commit that was acknowledged before the call.
  public Lsn end(Project project, Branch branch) throws ApiProblem, InterruptedException {
    return nodes.committedEnd(project, branch, membership(branch).configuration());
  }

  /// A branch that is there for users.
  ///
  /// @throws ApiProblem if the project has none with this id
  public Branch require(String projectId, String branchId) throws ApiProblem {
    return branches
        .find(branchId)
        .filter(branch -> branch.projectId().equals(projectId))
        .filter(branch -> branch.state() == LifeState.READY)
        .orElseThrow(() -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no branch " + branchId));
  }

  public List<Branch> list(String projectId) {
    return branches.list(projectId).stream()
        .filter(branch -> branch.state() == LifeState.READY)
        .toList();
  }
}
