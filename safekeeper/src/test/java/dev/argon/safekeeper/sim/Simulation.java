package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.VirtualTime.MILLI;
import static dev.argon.safekeeper.sim.VirtualTime.SECOND;

import dev.argon.quorum.MembershipConfiguration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// One run. Everything in it follows from the seed.
final class Simulation {

  static final int COMMITS_MIN = 200;
  static final int FAULTS_MIN = 20;
  static final int KINDS_MIN = 8;
  static final long SECONDS_MIN = 60;

  /// Every so many seeds one exchanges members.
  private static final int EXCHANGING = 3;

  private static final long STORM = SECONDS_MIN * SECOND;
  private static final long HEALING_MAX = 60 * SECOND;

  private final boolean exchangesMembers;
  private final SimWorld world;
  private final FaultPlan faults;

  /// What a run was.
  record Outcome(
      int commits, long bytes, Map<Fault, Integer> faults, long virtualMicros, boolean exchanged) {

    int faultCount() {
      return faults.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  Simulation(long seed, boolean traced, Consumer<String> trace) {
    exchangesMembers = seed % EXCHANGING == 0;
    world = new SimWorld(seed, traced, trace);
    faults = new FaultPlan(world, exchangesMembers);
  }

  /// @throws Violation if something happened that must never
  Outcome run() {
    world.controlPlane.start();
    keepComputing();
    faults.start();
    while (world.time.now() < STORM
        || world.checks.commitCount() < COMMITS_MIN
        || faultCount() < FAULTS_MIN
        || world.faults.size() < KINDS_MIN) {
      Violation.check(
          world.time.now() < 10 * STORM, () -> "nothing gets on in this storm: " + describe());
      world.time.step();
    }
    heal();
    return new Outcome(
        world.checks.commitCount(),
        world.checks.committedEnd() - SimWorld.START,
        world.faults,
        world.time.now(),
        exchangesMembers);
  }

  private int faultCount() {
    return world.faults.values().stream().mapToInt(Integer::intValue).sum();
  }

  /// Somebody starts a compute whenever there is none.
  private void keepComputing() {
    if (world.computes.stream().allMatch(SimCompute::isOver)) {
      world.startCompute();
    }
    world.time.in((100 + world.random.nextInt(1_000)) * MILLI, this::keepComputing);
  }

  /// All faults end, what is damaged stays so: soon everything acknowledged is on every member that
  /// is whole, and new records get through.
  private void heal() {
    faults.stop();
    world.note(() -> "healing");
    long until = world.time.now() + HEALING_MAX;
    for (SimNode node : world.nodes) {
      node.start();
    }
    long goal = world.checks.committedEnd() + 1;
    while (!isWell(goal)) {
      Violation.check(world.time.now() < until, () -> "nothing gets on: " + describe());
      world.time.step();
    }
    world.checks.everything(sound());
  }

  private List<SimNode> sound() {
    MembershipConfiguration stored = world.controlPlane.stored();
    return world.members(stored.members()).stream().filter(node -> !node.damaged).toList();
  }

  private boolean isWell(long goal) {
    if (!world.controlPlane.isIdle() || world.checks.committedEnd() < goal) {
      return false;
    }
    long end = world.checks.committedEnd();
    for (SimNode node : sound()) {
      if (!node.isUp() || node.state().commitLsn().value() != end) {
        return false;
      }
    }
    return true;
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    world.nodes.forEach(
        node -> text.append("\n  ").append(node.id).append(": ").append(node.describe()));
    world.computes.forEach(compute ->
        text.append("\n  ")
            .append(compute)
            .append(' ')
            .append(compute.state.phase())
            .append(" generation ")
            .append(compute.state.membership().generation()));
    return text.append("\n  stored ").append(world.controlPlane.stored()).toString();
  }
}
