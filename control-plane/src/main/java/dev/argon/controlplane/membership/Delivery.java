package dev.argon.controlplane.membership;

import dev.argon.controlplane.branch.Patience;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.storage.MembershipAnswer;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Makes everybody know a configuration that is not joint: the members, the pageserver, the
/// computes; then those that are no members any more forget the timeline. Each who confirms is
/// remembered in the metadata and not asked again.
final class Delivery {

  private static final Logger LOG = System.getLogger(Delivery.class.getName());

  private final StorageNodes nodes;
  private final MembershipStore memberships;
  private final ComputeNotice computes;

  Delivery(StorageNodes nodes, MembershipStore memberships, ComputeNotice computes) {
    this.nodes = nodes;
    this.memberships = memberships;
    this.computes = computes;
  }

  /// Tells a majority, the pageserver and the computes; the rest of the members and those that have
  /// left only if they answer at once.
  ///
  /// @param limit for each of the three; zero asks once
  /// @param silent nodes that are known not to answer; others that do not are added
  void run(Project project, Branch branch, Duration limit, Set<NodeId> silent)
      throws ApiProblem, InterruptedException {
    Membership membership = tellMembers(project, branch, limit, silent);
    if (!membership.pageserverTold()) {
      tellPageserver(project, branch, membership, limit);
    }
    if (!membership.computesTold()) {
      tellComputes(branch, membership, limit);
    }
    for (NodeId node : membership.leaving()) {
      if (!silent.contains(node)) {
        exclude(project, branch, membership, node, silent);
      }
    }
  }

  private Membership tellMembers(Project project, Branch branch, Duration limit, Set<NodeId> silent)
      throws ApiProblem, InterruptedException {
    Answers<MembershipAnswer> first = tellOnce(project, branch, silent);
    silent.addAll(
        first.failures().entrySet().stream()
            .filter(failure -> failure.getValue().code() == ProblemCode.UNAVAILABLE)
            .map(java.util.Map.Entry::getKey)
            .toList());
    Patience patience = new Patience(limit);
    return patience.until(
        "a majority of the safekeepers",
        () -> {
          Membership membership = memberships.require(branch.id());
          if (membership.configuration().isQuorum(membership.told())) {
            return membership;
          }
          Answers<MembershipAnswer> answers = tellOnce(project, branch, Set.of());
          membership = memberships.require(branch.id());
          if (membership.configuration().isQuorum(membership.told())) {
            return membership;
          }
          throw new IOException(answers.reasons());
        });
  }

  private Answers<MembershipAnswer> tellOnce(Project project, Branch branch, Set<NodeId> silent)
      throws ApiProblem, InterruptedException {
    Membership membership = memberships.require(branch.id());
    List<NodeId> untold =
        membership.nodes().stream()
            .filter(node -> membership.created().contains(node))
            .filter(node -> !membership.told().contains(node) && !silent.contains(node))
            .toList();
    Answers<MembershipAnswer> answers =
        Answers.of(
            untold,
            node ->
                nodes
                    .safekeeper(node)
                    .membership(project.tenant(), branch.timeline(), membership.configuration()));
    answers.refuseConflicts();
    for (NodeId node : answers.given().keySet()) {
      memberships.setTold(branch.id(), node, membership.generation());
    }
    return answers;
  }

  private void tellPageserver(Project project, Branch branch, Membership membership, Duration limit)
      throws ApiProblem, InterruptedException {
    int told =
        new Patience(limit)
            .until(
                "the pageserver",
                () -> {
                  nodes
                      .pageserver(project)
                      .setSafekeepers(
                          project.tenant(), branch.timeline(), membership.configuration());
                  return membership.generation();
                });
    memberships.setPageserverTold(branch.id(), told);
  }

  private void tellComputes(Branch branch, Membership membership, Duration limit)
      throws ApiProblem, InterruptedException {
    int told =
        new Patience(limit)
            .until(
                "the compute",
                () -> {
                  computes.tell(branch, membership.configuration());
                  return membership.generation();
                });
    memberships.setComputesTold(branch.id(), told);
  }

  private void exclude(
      Project project, Branch branch, Membership membership, NodeId node, Set<NodeId> silent) {
    try {
      nodes
          .safekeeper(node)
          .exclude(project.tenant(), branch.timeline(), membership.configuration());
      memberships.setGone(branch.id(), node);
      LOG.log(Level.INFO, "safekeeper {0} no longer holds branch {1}", node, branch.name());
    } catch (IOException e) {
      silent.add(node);
      LOG.log(Level.DEBUG, "safekeeper {0} is told later: {1}", node, e.getMessage());
    } catch (ApiProblem problem) {
      LOG.log(
          Level.WARNING,
          "safekeeper {0} does not forget branch {1}: {2}",
          node,
          branch.name(),
          problem.detail());
    }
  }
}
