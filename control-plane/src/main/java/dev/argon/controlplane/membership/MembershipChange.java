package dev.argon.controlplane.membership;

import dev.argon.controlplane.branch.Patience;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.storage.MembershipAnswer;
import dev.argon.controlplane.storage.SafekeeperClient;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Exchanges the members of one timeline (the steps are those of Neon's RFC 035):
///
/// 1. store the joint configuration;
/// 2. tell it to a majority of the old members; note the furthest log and highest term of them. An
///    old member that knows it takes WAL only from a compute that knows it too, and that needs
///    majorities of both sets from then on; so what lies behind the noted point is on both;
/// 3. have the added members copy the timeline;
/// 4. raise the terms of the new members to the noted one: no compute of an older term can win any
///    more;
/// 5. wait until a majority of the new members, and each added one, are under the joint
///    configuration and have all up to the noted point. A running compute sends them what comes
///    after their copy;
/// 6. store the new members as the only ones; tell them, the pageserver and the computes;
/// 7. have the others forget the timeline.
///
/// Until step 6 the change can be taken back by storing the old members again. A step that finds
/// another generation stored than it began with gives up, and what is stored decides what is next.
final class MembershipChange {

  private static final Logger LOG = System.getLogger(MembershipChange.class.getName());

  private final StorageNodes nodes;
  private final MembershipStore memberships;
  private final ComputeNotice computes;
  private final Delivery delivery;

  MembershipChange(StorageNodes nodes, MembershipStore memberships, ComputeNotice computes) {
    this.nodes = nodes;
    this.memberships = memberships;
    this.computes = computes;
    delivery = new Delivery(nodes, memberships, computes);
  }

  /// Stores the joint configuration, if everybody who is needed answers.
  ///
  /// @throws ApiProblem if another change is under way, or somebody who is needed is away; nothing
  ///   has changed then
  void begin(Project project, Branch branch, List<Member> wanted)
      throws ApiProblem, InterruptedException {
    Membership now = memberships.require(branch.id());
    if (now.isJoint()) {
      if (!ids(now.configuration().newMembers()).equals(ids(wanted))) {
        throw new ApiProblem(
            ProblemCode.CONFLICT,
            "the safekeepers of branch "
                + branch.name()
                + " are being changed to "
                + Membership.ids(now.configuration().newMembers())
                + ": wait for that, or abort it");
      }
      return;
    }
    if (ids(now.configuration().members()).equals(ids(wanted))) {
      return;
    }
    MembershipConfiguration joint =
        new MembershipConfiguration(now.generation() + 1, now.configuration().members(), wanted);
    checkAnswering(project, branch, joint);
    if (!memberships.compareAndSet(branch.id(), now.generation(), joint)) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          "the safekeepers of branch " + branch.name() + " have just been changed by another");
    }
    LOG.log(
        Level.INFO,
        "branch {0}: safekeepers {1} become {2}, generation {3}",
        branch.name(),
        Membership.ids(joint.members()),
        Membership.ids(wanted),
        Integer.toString(joint.generation()));
  }

  private static Set<NodeId> ids(List<Member> members) {
    return Set.copyOf(Membership.ids(members));
  }

  /// A change that cannot be completed would only cost the timeline availability.
  private void checkAnswering(Project project, Branch branch, MembershipConfiguration joint)
      throws ApiProblem, InterruptedException {
    Set<NodeId> old = ids(joint.members());
    List<NodeId> added =
        Membership.ids(joint.newMembers()).stream().filter(id -> !old.contains(id)).toList();
    Answers<?> holders =
        Answers.of(
            old, node -> nodes.safekeeper(node).timeline(project.tenant(), branch.timeline()));
    Answers<?> empty = Answers.of(added, node -> nodes.safekeeper(node).status());
    Set<NodeId> present = new HashSet<>(holders.given().keySet());
    present.addAll(empty.given().keySet());
    if (!empty.failures().isEmpty()) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE,
          "a safekeeper that shall take part does not answer: " + empty.reasons());
    }
    if (!joint.isQuorum(present)) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE,
          "fewer than a majority of the safekeepers of branch "
              + branch.name()
              + " hold it and answer: "
              + holders.reasons());
    }
  }

  /// Does what the stored configuration asks for, until a configuration that is not joint is known
  /// to a majority, the pageserver and the computes.
  ///
  /// @param stepLimit how long a step waits for those who do not answer
  /// @throws ApiProblem if a step could not be done; it can be tried again at any time
  void run(Project project, Branch branch, Duration stepLimit)
      throws ApiProblem, InterruptedException {
    while (true) {
      Membership membership = memberships.require(branch.id());
      if (!membership.isJoint()) {
        delivery.run(project, branch, stepLimit, new HashSet<>());
        return;
      }
      Step step = new Step(project, branch, membership, stepLimit);
      Optional<SyncPoint> sync = step.tellOld();
      boolean caughtUp = sync.isPresent() && step.pull() && step.catchUp(sync.get());
      if (caughtUp && step.finish()) {
        LOG.log(
            Level.INFO,
            "branch {0}: safekeepers are {1}, generation {2}",
            branch.name(),
            Membership.ids(membership.configuration().newMembers()),
            Integer.toString(membership.generation() + 1));
      }
    }
  }

  /// Goes on with what is left to be done for a configuration that is not joint, without waiting.
  void settle(Project project, Branch branch, Set<NodeId> silent)
      throws ApiProblem, InterruptedException {
    delivery.run(project, branch, Duration.ZERO, silent);
  }

  /// The steps of one joint configuration. Those that return a boolean say whether it is still the
  /// stored one.
  private final class Step {

    private final Project project;
    private final Branch branch;
    private final Membership begun;
    private final MembershipConfiguration joint;
    private final Duration stepLimit;

    Step(Project project, Branch branch, Membership begun, Duration stepLimit) {
      this.project = project;
      this.branch = branch;
      this.begun = begun;
      this.joint = begun.configuration();
      this.stepLimit = stepLimit;
    }

    private boolean isSuperseded() {
      return memberships
          .find(branch.id())
          .filter(now -> now.generation() == joint.generation())
          .isEmpty();
    }

    /// Step 2; empty if superseded.
    Optional<SyncPoint> tellOld() throws ApiProblem, InterruptedException {
      MembershipConfiguration old = alone(joint.members());
      Optional<SyncPoint> sync =
          new Patience(stepLimit)
              .until(
                  "a majority of the present safekeepers",
                  () -> {
                    if (isSuperseded()) {
                      return Optional.empty();
                    }
                    Answers<MembershipAnswer> answers = tell(joint.members(), 0);
                    if (!old.isQuorum(answers.given().keySet())) {
                      throw new IOException(answers.reasons());
                    }
                    return Optional.of(SyncPoint.of(answers.given().values()));
                  });
      if (sync.isPresent()) {
        noticeComputes();
      }
      return sync;
    }

    /// A compute hears of the joint configuration from the safekeepers as well; told now, it sends
    /// its WAL to the added ones sooner.
    private void noticeComputes() {
      try {
        computes.tell(branch, joint);
      } catch (IOException | ApiProblem e) {
        LOG.log(
            Level.INFO,
            "the compute of branch {0} is told later: {1}",
            branch.name(),
            e.getMessage());
      }
    }

    private MembershipConfiguration alone(List<Member> set) {
      return new MembershipConfiguration(joint.generation(), set, List.of());
    }

    /// Tells the joint configuration; who answers is under it.
    ///
    /// @param term to which the terms are raised first; 0 leaves them
    private Answers<MembershipAnswer> tell(List<Member> members, long term)
        throws ApiProblem, InterruptedException {
      Answers<MembershipAnswer> answers =
          Answers.of(
              Membership.ids(members),
              node -> {
                SafekeeperClient safekeeper = nodes.safekeeper(node);
                if (term > 0) {
                  Object _ = safekeeper.bumpTerm(project.tenant(), branch.timeline(), term);
                }
                return underJoint(
                    safekeeper.membership(project.tenant(), branch.timeline(), joint));
              });
      if (!isSuperseded()) {
        answers.refuseConflicts();
        for (NodeId node : answers.given().keySet()) {
          memberships.setTold(branch.id(), node, joint.generation());
        }
      }
      return answers;
    }

    private MembershipAnswer underJoint(MembershipAnswer answer) throws ApiProblem {
      int generation = answer.currentConf().generation();
      if (generation != joint.generation()) {
        throw new ApiProblem(
            ProblemCode.CONFLICT,
            "it is under membership generation " + generation + " and not " + joint.generation());
      }
      return answer;
    }

    /// Step 3.
    boolean pull() throws ApiProblem, InterruptedException {
      List<String> donors = new ArrayList<>();
      for (NodeId node : Membership.ids(joint.members())) {
        donors.add(nodes.security().url(nodes.safekeeperNode(node).httpAddress()));
      }
      for (NodeId node : begun.joining()) {
        if (begun.created().contains(node)) {
          continue;
        }
        boolean pulled =
            new Patience(stepLimit)
                .until(
                    "safekeeper " + node,
                    () -> {
                      if (isSuperseded()) {
                        return false;
                      }
                      nodes
                          .safekeeper(node)
                          .pull(project.tenant(), branch.timeline(), donors, joint);
                      return true;
                    });
        if (!pulled) {
          return false;
        }
        memberships.setCreated(branch.id(), node, joint.generation());
      }
      return true;
    }

    /// Steps 4 and 5.
    boolean catchUp(SyncPoint sync) throws ApiProblem, InterruptedException {
      MembershipConfiguration next = alone(joint.newMembers());
      return new Patience(stepLimit)
          .until(
              "the new safekeepers",
              () -> {
                if (isSuperseded()) {
                  return false;
                }
                Answers<MembershipAnswer> answers = tell(joint.newMembers(), sync.term());
                Set<NodeId> there = new HashSet<>();
                answers
                    .given()
                    .forEach((node, answer) -> {
                      if (sync.isReachedBy(answer)) {
                        there.add(node);
                      }
                    });
                if (next.isQuorum(there) && there.containsAll(begun.joining())) {
                  return true;
                }
                throw new IOException(
                    "only "
                        + there
                        + " have all up to "
                        + sync.position()
                        + "; "
                        + answers.reasons());
              });
    }

    /// Step 6, its first half.
    boolean finish() {
      return memberships.compareAndSet(
          branch.id(),
          joint.generation(),
          new MembershipConfiguration(joint.generation() + 1, joint.newMembers(), List.of()));
    }
  }
}
