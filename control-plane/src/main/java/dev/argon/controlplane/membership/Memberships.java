package dev.argon.controlplane.membership;

import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Operations;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.BranchStore;
import dev.argon.controlplane.metadata.LifeState;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.controlplane.metadata.Safekeeper;
import dev.argon.controlplane.metadata.SchedulingPolicy;
import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The memberships of all timelines: asks for changes, takes them back, goes on with what was left.
public final class Memberships {

  private static final Logger LOG = System.getLogger(Memberships.class.getName());

  private static final String ACTION = "migrate_safekeepers";

  /// For steps that are tried again anyway; other branches wait meanwhile.
  private static final Duration RESUMED_STEP_LIMIT = Duration.ofSeconds(5);

  private final StorageNodes nodes;
  private final Stores stores;
  private final Branches branches;
  private final MembershipChange change;
  private final Duration stepLimit;

  /// Why a branch's change does not go on, by branch.
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  /// @param stepLimit how long one step of a change waits for those who do not answer; a change
  ///   that fails is taken up again by [#resume]
  public Memberships(
      StorageNodes nodes,
      Stores stores,
      Branches branches,
      ComputeNotice computes,
      Duration stepLimit) {
    this.nodes = nodes;
    this.stores = stores;
    this.branches = branches;
    this.stepLimit = stepLimit;
    change = new MembershipChange(nodes, stores.memberships(), computes);
  }

  /// The metadata that memberships are about.
  public record Stores(ProjectStore projects, BranchStore branches, MembershipStore memberships) {}

  /// A timeline as storage names it.
  ///
  /// @throws ApiProblem if no branch that is there for users has it
  public Branch require(TenantId tenant, TimelineId timeline) throws ApiProblem {
    return stores
        .projects()
        .findByTenant(tenant)
        .flatMap(project ->
            branches.list(project.id()).stream()
                .filter(branch -> branch.timeline().equals(timeline))
                .findFirst())
        .orElseThrow(() ->
            new ApiProblem(
                ProblemCode.NOT_FOUND, "there is no timeline " + timeline + " of " + tenant));
  }

  public Membership membership(Branch branch) {
    return stores.memberships().require(branch.id());
  }

  /// Why a branch's change does not go on; empty if it does, or there is none.
  public String problem(Branch branch) {
    return problems.getOrDefault(branch.id(), "");
  }

  /// Why changes do not go on; for the process's health.
  public List<String> problems() {
    List<String> all = new ArrayList<>();
    problems.forEach((id, problem) ->
        all.add("the safekeepers of branch " + id + " are being changed: " + problem));
    return all;
  }

  /// Begins to make `wanted` the safekeepers of a branch.
  ///
  /// @throws ApiProblem if they cannot be, or another operation works on the branch
  public Operations.Running migrate(Branch branch, Set<NodeId> wanted) throws ApiProblem {
    List<Member> members = membersOf(membership(branch), wanted);
    return branches.exclusively(
        branch,
        ACTION,
        () -> {
          Project project = project(branch);
          change.begin(project, branch, members);
          run(project, branch, stepLimit);
        });
  }

  private void run(Project project, Branch branch, Duration limit)
      throws ApiProblem, InterruptedException {
    try {
      change.run(project, branch, limit);
      problems.remove(branch.id());
    } catch (ApiProblem problem) {
      problems.put(branch.id(), problem.detail());
      throw problem;
    }
  }

  /// As they are told to everybody: a node that stays keeps the address it was told with.
  private List<Member> membersOf(Membership now, Set<NodeId> wanted) throws ApiProblem {
    if (wanted.size() != StorageNodes.SAFEKEEPERS) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST,
          "a timeline has " + StorageNodes.SAFEKEEPERS + " safekeepers, not " + wanted.size());
    }
    List<Safekeeper> added = new ArrayList<>();
    List<Member> members = new ArrayList<>();
    for (NodeId node : wanted) {
      Optional<Member> present =
          now.configuration().members().stream().filter(m -> m.id().equals(node)).findFirst();
      if (present.isPresent()) {
        members.add(present.get());
        continue;
      }
      Safekeeper safekeeper =
          nodes.safekeepers().stream()
              .filter(known -> known.id() == node.value())
              .findFirst()
              .orElseThrow(
                  () -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no safekeeper " + node));
      if (safekeeper.policy() != SchedulingPolicy.ACTIVE) {
        throw new ApiProblem(
            ProblemCode.REFUSED,
            "safekeeper "
                + node
                + " is "
                + safekeeper.policy().wireName()
                + ": choose an active one");
      }
      added.add(safekeeper);
    }
    members.addAll(StorageNodes.membersOf(added));
    members.sort(java.util.Comparator.comparingLong(member -> member.id().value()));
    return members;
  }

  /// Takes a change back that is not finished; whoever drives it, or [#resume], does the rest.
  ///
  /// @throws ApiProblem if there is none, or it has just been finished
  public void abort(Branch branch) throws ApiProblem {
    Membership now = membership(branch);
    if (!now.isJoint()
        || !stores
            .memberships()
            .compareAndSet(
                branch.id(),
                now.generation(),
                new MembershipConfiguration(
                    now.generation() + 1, now.configuration().members(), List.of()))) {
      throw new ApiProblem(
          ProblemCode.PRECONDITION_FAILED,
          "no change of the safekeepers of branch " + branch.name() + " is under way");
    }
    problems.remove(branch.id());
    LOG.log(
        Level.INFO,
        "branch {0}: safekeepers stay {1}, generation {2}",
        branch.name(),
        Membership.ids(now.configuration().members()),
        Integer.toString(now.generation() + 1));
  }

  /// Goes on with all that was left, one branch after the other. For a background thread.
  public void resume() throws InterruptedException {
    Set<NodeId> silent = new HashSet<>();
    for (String id : stores.memberships().unsettled()) {
      Optional<Branch> branch = stores.branches().find(id);
      if (branch.isPresent() && branch.get().state() == LifeState.READY) {
        resume(branch.get(), silent);
      }
    }
  }

  private void resume(Branch branch, Set<NodeId> silent) throws InterruptedException {
    try {
      boolean _ =
          branches.tryExclusively(
              branch,
              () -> {
                Project project = project(branch);
                if (membership(branch).isJoint()) {
                  run(project, branch, RESUMED_STEP_LIMIT);
                } else {
                  change.settle(project, branch, silent);
                  problems.remove(branch.id());
                }
              });
    } catch (ApiProblem problem) {
      if (!problem.detail().equals(problems.put(branch.id(), problem.detail()))) {
        LOG.log(
            Level.WARNING, "the safekeepers of branch {0}: {1}", branch.name(), problem.detail());
      }
    }
  }

  private Project project(Branch branch) throws ApiProblem {
    return stores
        .projects()
        .find(branch.projectId())
        .orElseThrow(
            () -> new ApiProblem(ProblemCode.NOT_FOUND, "no project " + branch.projectId()));
  }
}
