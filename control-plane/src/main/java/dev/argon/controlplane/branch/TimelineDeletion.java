package dev.argon.controlplane.branch;

import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.BranchStore;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.controlplane.storage.PageserverClient;
import dev.argon.controlplane.storage.SafekeeperClient;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The series of requests that deletes a branch's timeline, from whatever point it stopped at; also
/// undoes one that could not be made. The pageserver first: it is the one that refuses while the
/// timeline has children.
final class TimelineDeletion {

  private static final Duration STEP_TIMEOUT = Duration.ofSeconds(30);

  private final StorageNodes nodes;
  private final ProjectStore projects;
  private final BranchStore branches;
  private final MembershipStore memberships;

  TimelineDeletion(StorageNodes nodes, Branches.Stores stores) {
    this.nodes = nodes;
    this.projects = stores.projects();
    this.branches = stores.branches();
    this.memberships = stores.memberships();
  }

  /// Deletes the timeline everywhere and forgets the branch.
  void run(Branch branch) throws ApiProblem, InterruptedException {
    Optional<Project> project = projects.find(branch.projectId());
    if (project.isPresent()) {
      deleteTimeline(project.get(), branch);
    }
    branches.delete(branch.id());
    if (project.isPresent() && isLastOfUnmade(project.get())) {
      projects.delete(project.get().id());
    }
  }

  private void deleteTimeline(Project project, Branch branch)
      throws ApiProblem, InterruptedException {
    PageserverClient pageserver = nodes.pageserver(project);
    new Patience(STEP_TIMEOUT)
        .until(
            "the pageserver",
            () -> {
              pageserver.deleteTimeline(project.tenant(), branch.timeline());
              return true;
            });
    Membership membership = memberships.require(branch.id());
    Set<NodeId> holders = new LinkedHashSet<>(membership.nodes());
    holders.addAll(membership.leaving());
    for (NodeId holder : holders) {
      SafekeeperClient safekeeper = nodes.safekeeper(holder);
      new Patience(STEP_TIMEOUT)
          .until(
              "safekeeper " + holder,
              () -> {
                safekeeper.delete(project.tenant(), branch.timeline());
                return true;
              });
    }
  }

  /// A project whose first branch could not be made has never been there.
  private boolean isLastOfUnmade(Project project) {
    List<Branch> left = branches.list(project.id());
    return left.isEmpty()
        && switch (project.state()) {
          case INIT, DELETING -> true;
          case READY -> false;
        };
  }
}
