package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.VirtualTime.MILLI;
import static dev.argon.safekeeper.sim.VirtualTime.SECOND;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.timeline.Timeline.MembershipChange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Exchanges members as docs/quorum.md says, one small step at a time; crashes in between and goes
/// on from what it has stored.
final class SimControlPlane {

  private enum Stage {
    IDLE,
    TELL_OLD,
    BRING_UP_NEW,
    DELIVER,
    EXCLUDE
  }

  private final SimWorld world;

  // In its database.
  private MembershipConfiguration stored;
  private final Set<NodeId> toExclude = new HashSet<>();

  // In its memory.
  private Stage stage = Stage.IDLE;
  private final Map<NodeId, MembershipChange> answers = new HashMap<>();
  private Term syncTerm = Term.ZERO;
  private Term syncLogTerm = Term.ZERO;
  private Lsn syncLsn = Lsn.INVALID;
  private int deliveries;
  private long crashedUntil;

  SimControlPlane(SimWorld world, MembershipConfiguration first) {
    this.world = world;
    stored = first;
  }

  MembershipConfiguration stored() {
    return stored;
  }

  boolean isIdle() {
    return stage == Stage.IDLE && !stored.isJoint();
  }

  void start() {
    world.time.in(
        (20 + world.random.nextInt(200)) * MILLI,
        () -> {
          if (world.time.now() >= crashedUntil) {
            step();
          }
          start();
        });
  }

  /// Begins to exchange a member, the damaged one if there is one.
  ///
  /// @return false if a change is under way
  boolean exchange() {
    if (!isIdle()) {
      return false;
    }
    List<SimNode> old = world.members(stored.members());
    List<SimNode> spare = new ArrayList<>(world.nodes);
    spare.removeIf(node -> !node.isEmpty() || old.contains(node));
    List<SimNode> next = new ArrayList<>(old);
    List<SimNode> damaged = old.stream().filter(node -> node.damaged).toList();
    if (world.chance(15) && old.size() == 3 && damaged.isEmpty() && spare.size() > 1) {
      next.addAll(spare.subList(0, 2));
    } else if (old.size() == 5) {
      next.remove(damaged.isEmpty() ? world.any(old) : damaged.getFirst());
      next.remove(world.any(next));
    } else if (!spare.isEmpty()) {
      next.remove(damaged.isEmpty() ? world.any(old) : damaged.getFirst());
      next.add(world.any(spare));
    } else {
      return false;
    }
    store(
        new MembershipConfiguration(
            stored.generation() + 1,
            stored.members(),
            next.stream().map(SimWorld::member).toList()));
    begin(Stage.TELL_OLD);
    return true;
  }

  /// Gives the change up, if one is under way and not decided.
  boolean abort() {
    if (!stored.isJoint()) {
      return false;
    }
    exclude(stored.newMembers(), stored.members());
    store(new MembershipConfiguration(stored.generation() + 1, stored.members(), List.of()));
    begin(Stage.DELIVER);
    return true;
  }

  void crash(long micros) {
    crashedUntil = world.time.now() + micros;
    begin(stored.isJoint() ? Stage.TELL_OLD : Stage.DELIVER);
  }

  private void store(MembershipConfiguration configuration) {
    stored = configuration;
    world.checks.configuration(configuration);
    world.note(() -> "stored " + configuration.generation() + ": " + names(configuration));
  }

  private static String names(MembershipConfiguration configuration) {
    return configuration.members().stream().map(m -> m.id().toString()).toList()
        + " -> "
        + configuration.newMembers().stream().map(m -> m.id().toString()).toList();
  }

  private void begin(Stage next) {
    stage = next;
    answers.clear();
    deliveries = 0;
  }

  private void exclude(
      List<MembershipConfiguration.Member> from, List<MembershipConfiguration.Member> but) {
    from.stream()
        .map(MembershipConfiguration.Member::id)
        .filter(id -> but.stream().noneMatch(member -> member.id().equals(id)))
        .forEach(toExclude::add);
  }

  private boolean answers(SimNode node) {
    return node.answers() && world.isReachable(this, node) && world.isReachable(node, this);
  }

  private void step() {
    switch (stage) {
      case IDLE -> bringUpRest();
      case TELL_OLD -> tellOld();
      case BRING_UP_NEW -> bringUpNew();
      case DELIVER -> deliver();
      case EXCLUDE -> excludeOne();
    }
  }

  private Optional<MembershipChange> put(SimNode node) {
    if (!answers(node)) {
      return Optional.empty();
    }
    Optional<MembershipChange> change = node.put(stored);
    return world.chance(10) ? Optional.empty() : change; // or the answer was lost
  }

  private void tellOld() {
    SimNode node = world.node(world.any(stored.members()).id());
    put(node).ifPresent(change -> answers.put(node.id, change));
    tellComputes(20);
    if (answers.size() <= stored.members().size() / 2) {
      return;
    }
    syncTerm = Term.ZERO;
    syncLogTerm = Term.ZERO;
    syncLsn = Lsn.INVALID;
    for (MembershipChange change : answers.values()) {
      syncTerm = Term.max(syncTerm, change.term());
      int byTerm = change.lastLogTerm().compareTo(syncLogTerm);
      if (byTerm > 0 || (byTerm == 0 && change.flushLsn().isAfter(syncLsn))) {
        syncLogTerm = change.lastLogTerm();
        syncLsn = change.flushLsn();
      }
    }
    begin(Stage.BRING_UP_NEW);
  }

  private void bringUpNew() {
    SimNode node = world.node(world.any(stored.newMembers()).id());
    if (node.isEmpty()) {
      pull(node);
      return;
    }
    if (!answers(node)) {
      return;
    }
    if (node.state().term().isBefore(syncTerm)) {
      node.run(timeline -> timeline.bumpTerm(Optional.of(syncTerm)));
      return;
    }
    put(node)
        .filter(change -> !change.term().isBefore(syncTerm) && isSynced(change))
        .ifPresent(change -> answers.put(node.id, change));
    tellComputes(20);
    if (answers.size() > stored.newMembers().size() / 2) {
      exclude(stored.members(), stored.newMembers());
      store(new MembershipConfiguration(stored.generation() + 1, stored.newMembers(), List.of()));
      begin(Stage.DELIVER);
    }
  }

  /// A member that has no copy yet gets one, from whoever has.
  private void pull(SimNode node) {
    List<SimNode> donors =
        world.members(stored.all()).stream()
            .filter(donor -> donor.answers() && world.isReachable(node, donor))
            .toList();
    if (!donors.isEmpty() && !node.damaged && !node.isPaused() && world.isReachable(this, node)) {
      node.pull(world.any(donors), stored);
    }
  }

  /// A majority of the new members was enough; who was away then gets its copy now.
  private void bringUpRest() {
    SimNode node = world.node(world.any(stored.members()).id());
    if (node.isEmpty()) {
      pull(node);
    }
  }

  private boolean isSynced(MembershipChange change) {
    int byTerm = change.lastLogTerm().compareTo(syncLogTerm);
    return byTerm > 0 || (byTerm == 0 && change.flushLsn().isAtLeast(syncLsn));
  }

  private void deliver() {
    SimNode node = world.node(world.any(stored.members()).id());
    if (node.isEmpty()) {
      pull(node);
    }
    put(node).ifPresent(change -> answers.put(node.id, change));
    tellComputes(50);
    deliveries++;
    boolean majority = answers.size() > stored.members().size() / 2;
    if (answers.size() == stored.members().size() || (majority && deliveries > 15)) {
      tellComputes(100);
      begin(Stage.EXCLUDE);
    }
  }

  private void tellComputes(int percent) {
    for (SimCompute compute : world.computes) {
      if (world.chance(percent) && world.isReachable(this, compute)) {
        MembershipConfiguration told = stored;
        world.time.in(world.delay(), () -> compute.tell(told));
      }
    }
  }

  private void excludeOne() {
    Optional<NodeId> next = toExclude.stream().min(Comparator.comparingLong(NodeId::value));
    if (next.isEmpty()) {
      begin(Stage.IDLE);
      return;
    }
    SimNode node = world.node(next.get());
    if (stored.contains(node.id)) {
      toExclude.remove(node.id);
    } else if (!node.isPaused() && world.isReachable(this, node)) {
      node.exclude();
      toExclude.remove(node.id);
    } else if (++deliveries > 40) {
      begin(Stage.IDLE); // the next change tries again
    }
  }

  /// How long a crash lasts.
  static long downtime(SimWorld world) {
    return world.random.nextLong(3 * SECOND);
  }
}
