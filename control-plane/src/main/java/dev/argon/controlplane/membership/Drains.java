package dev.argon.controlplane.membership;

import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.LifeState;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.NodeStore;
import dev.argon.controlplane.metadata.Safekeeper;
import dev.argon.controlplane.metadata.SchedulingPolicy;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Takes safekeepers out of use: moves their timelines to others, one after the other, and when
/// none is left decommissions them. What is under way is stored with the node and goes on when a
/// control plane starts.
public final class Drains {

  private static final Logger LOG = System.getLogger(Drains.class.getName());

  private static final long PAUSE_MILLIS = 2_000;
  private static final Duration CHANGE_WAIT = Duration.ofMinutes(30);

  private final NodeStore store;
  private final StorageNodes nodes;
  private final Memberships memberships;
  private final Memberships.Stores stores;
  private final Semaphore news = new Semaphore(0);

  /// Why the one that is under way does not go on, or empty.
  private volatile String problem = "";

  public Drains(
      NodeStore store, StorageNodes nodes, Memberships memberships, Memberships.Stores stores) {
    this.store = store;
    this.nodes = nodes;
    this.memberships = memberships;
    this.stores = stores;
  }

  /// Goes on with changes of members and drains until interrupted.
  public void run() throws InterruptedException {
    while (true) {
      try {
        memberships.resume();
        work();
      } catch (RuntimeException e) {
        // Without this loop changes would stay half done for ever, and nobody would be told.
        LOG.log(Level.ERROR, "changes of members broke off; they begin again", e);
      }
      boolean _ = news.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      int _ = news.drainPermits();
    }
  }

  /// There is something to do.
  public void wake() {
    news.release();
  }

  /// All safekeepers.
  public List<Safekeeper> list() {
    return store.safekeepers();
  }

  /// @throws ApiProblem if there is no such safekeeper
  public Safekeeper require(long nodeId) throws ApiProblem {
    return find(nodeId)
        .orElseThrow(
            () -> new ApiProblem(ProblemCode.NOT_FOUND, "there is no safekeeper " + nodeId));
  }

  private Optional<Safekeeper> find(long nodeId) {
    return list().stream().filter(safekeeper -> safekeeper.id() == nodeId).findFirst();
  }

  /// Why a draining safekeeper is not done; empty if nothing is wrong.
  public String problem(Safekeeper safekeeper) {
    return safekeeper.policy() == SchedulingPolicy.DRAINING ? problem : "";
  }

  /// Begins to take a safekeeper out of use; [#run] does it.
  ///
  /// @param replacementId who shall take its place; 0 for those with the fewest timelines
  /// @throws ApiProblem if it cannot be; nothing has changed then
  public void begin(long nodeId, long replacementId) throws ApiProblem {
    Safekeeper leaving = require(nodeId);
    switch (leaving.policy()) {
      case ACTIVE -> {}
      case DRAINING -> {
        if (leaving.replacementId() == replacementId) {
          wake();
          return;
        }
        throw busy(leaving);
      }
      case DECOMMISSIONED ->
          throw new ApiProblem(
              ProblemCode.PRECONDITION_FAILED, "safekeeper " + nodeId + " is out of use already");
    }
    for (Safekeeper other : list()) {
      if (other.policy() == SchedulingPolicy.DRAINING) {
        throw busy(other);
      }
    }
    checkEnoughStay(leaving);
    if (replacementId != 0) {
      checkReplacement(nodeId, replacementId);
    }
    for (String branchId : stores.memberships().branchesOf(new NodeId(nodeId))) {
      Set<NodeId> _ = membersAfter(stores.memberships().require(branchId), leaving, replacementId);
    }
    if (!store.beginDrain(nodeId, replacementId)) {
      throw new ApiProblem(
          ProblemCode.CONFLICT, "another safekeeper is being taken out of use: wait for that");
    }
    problem = "";
    wake();
  }

  private static ApiProblem busy(Safekeeper draining) {
    return new ApiProblem(
        ProblemCode.CONFLICT,
        "safekeeper "
            + draining.id()
            + " is being taken out of use"
            + (draining.replacementId() == 0 ? "" : ", for safekeeper " + draining.replacementId())
            + ": wait for that, or cancel it");
  }

  private void checkEnoughStay(Safekeeper leaving) throws ApiProblem {
    long stay =
        list().stream().filter(other -> other.isActive() && other.id() != leaving.id()).count();
    if (stay < StorageNodes.SAFEKEEPERS) {
      throw new ApiProblem(
          ProblemCode.REFUSED,
          "without safekeeper "
              + leaving.id()
              + " only "
              + stay
              + " would be left, and a timeline is kept by "
              + StorageNodes.SAFEKEEPERS
              + ": add one first, `argon safekeeper add`");
    }
  }

  private void checkReplacement(long nodeId, long replacementId) throws ApiProblem {
    Safekeeper replacement = require(replacementId);
    if (replacementId == nodeId || !replacement.isActive()) {
      throw new ApiProblem(
          ProblemCode.REFUSED,
          "safekeeper "
              + replacementId
              + (replacementId == nodeId
                  ? " cannot take its own place"
                  : " is " + replacement.policy().wireName() + ": choose an active one"));
    }
    try {
      nodes.safekeeper(new NodeId(replacement.id())).status();
    } catch (IOException e) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE,
          replacement.node().label() + " does not answer: " + e.getMessage(),
          e);
    }
  }

  /// The members of a timeline without the one that leaves.
  private Set<NodeId> membersAfter(Membership membership, Safekeeper leaving, long replacementId)
      throws ApiProblem {
    Set<NodeId> members = new HashSet<>(Membership.ids(membership.configuration().members()));
    members.remove(new NodeId(leaving.id()));
    if (replacementId != 0 && members.add(new NodeId(replacementId))) {
      return members;
    }
    Safekeeper chosen =
        list().stream()
            .filter(Safekeeper::isActive)
            .filter(other -> other.id() != leaving.id())
            .filter(other -> !members.contains(new NodeId(other.id())))
            .min(Comparator.comparingInt(Safekeeper::timelines))
            .orElseThrow(() ->
                new ApiProblem(
                    ProblemCode.REFUSED,
                    "no active safekeeper can take the place of safekeeper "
                        + leaving.id()
                        + " beside "
                        + members
                        + ": add one first, `argon safekeeper add`"));
    members.add(new NodeId(chosen.id()));
    return members;
  }

  /// Keeps a safekeeper in use after all. Timelines that have moved stay where they are; a change
  /// that is not finished is taken back.
  ///
  /// @throws ApiProblem if it is not draining
  public void cancel(long nodeId) throws ApiProblem {
    require(nodeId);
    if (!store.cancelDrain(nodeId)) {
      throw new ApiProblem(
          ProblemCode.PRECONDITION_FAILED,
          "safekeeper " + nodeId + " is not being taken out of use");
    }
    NodeId node = new NodeId(nodeId);
    for (String branchId : stores.memberships().branchesOf(node)) {
      Membership membership = stores.memberships().require(branchId);
      Optional<Branch> branch = stores.branches().find(branchId);
      boolean leaves =
          membership.isJoint()
              && !Membership.ids(membership.configuration().newMembers()).contains(node);
      if (leaves && branch.isPresent()) {
        takeBack(branch.get());
      }
    }
    wake();
  }

  private void takeBack(Branch branch) {
    try {
      memberships.abort(branch);
    } catch (ApiProblem e) {
      // It has just been finished: that timeline has moved.
      LOG.log(Level.INFO, "{0}", e.detail());
    }
  }

  /// One round over the safekeepers that are being taken out of use.
  void work() throws InterruptedException {
    for (Safekeeper safekeeper : list()) {
      if (safekeeper.policy() == SchedulingPolicy.DRAINING) {
        drain(safekeeper);
      }
    }
  }

  private void drain(Safekeeper leaving) throws InterruptedException {
    NodeId node = new NodeId(leaving.id());
    String lastProblem = "";
    for (String branchId : stores.memberships().branchesOf(node)) {
      if (find(leaving.id()).filter(now -> now.policy() == leaving.policy()).isEmpty()) {
        return; // cancelled
      }
      Optional<Branch> branch =
          stores.branches().find(branchId).filter(b -> b.state() == LifeState.READY);
      if (branch.isPresent()) {
        lastProblem = move(branch.get(), leaving).or(lastProblem);
      }
    }
    problem = lastProblem;
    if (stores.memberships().branchesOf(node).isEmpty()) {
      decommission(leaving);
    }
  }

  /// What came of moving one timeline.
  private record Moved(String problem) {
    String or(String otherwise) {
      return problem.isEmpty() ? otherwise : problem;
    }
  }

  private Moved move(Branch branch, Safekeeper leaving) throws InterruptedException {
    Membership membership = memberships.membership(branch);
    if (membership.isJoint()) {
      // Somebody else's change, or one that did not go on: Memberships.resume sees to it.
      return new Moved(memberships.problem(branch));
    }
    try {
      Set<NodeId> members = membersAfter(membership, leaving, leaving.replacementId());
      memberships.migrate(branch, members).await(CHANGE_WAIT);
      return new Moved("");
    } catch (ApiProblem e) {
      LOG.log(
          Level.WARNING,
          "branch {0} stays on safekeeper {1} for now: {2}",
          branch.name(),
          Long.toString(leaving.id()),
          e.detail());
      return new Moved("branch " + branch.name() + ": " + e.detail());
    }
  }

  /// Those who can be told to forget their timelines are waited for.
  private void decommission(Safekeeper leaving) {
    NodeId node = new NodeId(leaving.id());
    List<String> left = stores.memberships().leftBy(node);
    if (!left.isEmpty() && isThere(leaving)) {
      problem =
          "it has yet to forget "
              + left.stream().limit(10).collect(Collectors.joining(", ", "branch ", ""));
      return;
    }
    if (store.decommission(leaving.id())) {
      stores.memberships().forgetExclusions(node);
      problem = "";
      LOG.log(Level.INFO, "safekeeper {0} is out of use", Long.toString(leaving.id()));
    }
  }

  private boolean isThere(Safekeeper safekeeper) {
    try {
      nodes.safekeeper(new NodeId(safekeeper.id())).status();
      return true;
    } catch (IOException | ApiProblem e) {
      LOG.log(Level.DEBUG, "safekeeper {0} is away", Long.toString(safekeeper.id()));
      return false;
    }
  }
}
