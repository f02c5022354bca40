package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.VirtualTime.MILLI;
import static dev.argon.safekeeper.sim.VirtualTime.SECOND;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.control.ControlFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Lets things go wrong, again and again, until it is told to stop.
final class FaultPlan {

  private static final int KINDS_MIN = 9;

  private final SimWorld world;
  private final boolean exchangesMembers;
  private final List<Fault> kinds = new ArrayList<>();
  private boolean stopped;

  FaultPlan(SimWorld world, boolean exchangesMembers) {
    this.world = world;
    this.exchangesMembers = exchangesMembers;
    List<Fault> all = new ArrayList<>(List.of(Fault.values()));
    all.removeAll(
        List.of(
            Fault.MEMBERSHIP_CHANGE, Fault.MEMBERSHIP_CHANGE_ABORTED, Fault.CONTROL_PLANE_CRASHED));
    int count = KINDS_MIN + world.random.nextInt(all.size() - KINDS_MIN + 1);
    while (kinds.size() < count) {
      kinds.add(all.remove(world.random.nextInt(all.size())));
    }
  }

  void start() {
    later();
    if (exchangesMembers) {
      exchangeLater();
    }
  }

  void stop() {
    stopped = true;
    world.healNetwork();
    for (SimNode node : world.nodes) {
      node.pause(0);
      node.disk.full(false);
      node.disk.crashIn(-1);
      node.disk.failSyncIn(-1);
    }
    for (SimCompute compute : world.computes) {
      compute.pause(0);
    }
  }

  private void later() {
    world.time.in(
        (200 + world.random.nextInt(1_500)) * MILLI,
        () -> {
          if (!stopped) {
            happen(world.any(kinds));
            later();
          }
        });
  }

  private void exchangeLater() {
    world.time.in(
        (500 + world.random.nextInt(8_000)) * MILLI,
        () -> {
          if (!stopped) {
            happen(
                switch (world.random.nextInt(6)) {
                  case 0 -> Fault.MEMBERSHIP_CHANGE_ABORTED;
                  case 1 -> Fault.CONTROL_PLANE_CRASHED;
                  default -> Fault.MEMBERSHIP_CHANGE;
                });
            exchangeLater();
          }
        });
  }

  private void happen(Fault fault) {
    if (happens(fault)) {
      world.count(fault);
    }
  }

  /// @return whether it could be done now
  private boolean happens(Fault fault) {
    return switch (fault) {
      case MESSAGES_LOST, MESSAGES_REPEATED, MESSAGES_REORDERED -> badNetwork(fault);
      case CONNECTION_BROKEN -> breakConnection();
      case PARTITION, ONE_WAY_PARTITION -> cut(fault == Fault.PARTITION);
      case SAFEKEEPER_PAUSED, SAFEKEEPER_CRASHED, CRASH_IN_WRITE, DISK_FULL, SYNC_FAILED ->
          trouble(fault, world.anyMember(world.controlPlane.stored()));
      case COMPUTE_PAUSED, COMPUTE_CRASHED, CLOCK_JUMP, SECOND_COMPUTE -> compute(fault);
      case DISK_LOST, BIT_ROT -> damage(fault);
      case MEMBERSHIP_CHANGE -> world.controlPlane.exchange();
      case MEMBERSHIP_CHANGE_ABORTED -> world.controlPlane.abort();
      case CONTROL_PLANE_CRASHED -> {
        world.controlPlane.crash(SimControlPlane.downtime(world));
        yield true;
      }
    };
  }

  /// For a while; each message it concerns is counted by itself.
  private boolean badNetwork(Fault fault) {
    int percent = 1 + world.random.nextInt(fault == Fault.MESSAGES_REORDERED ? 60 : 12);
    switch (fault) {
      case MESSAGES_LOST -> world.lossPercent = percent;
      case MESSAGES_REPEATED -> world.repeatPercent = percent;
      default -> world.overtakePercent = percent;
    }
    world.time.in(
        world.random.nextLong(3 * SECOND),
        () -> {
          world.lossPercent = 0;
          world.repeatPercent = 0;
          world.overtakePercent = 0;
        });
    return false;
  }

  private boolean breakConnection() {
    List<SimConnection> open =
        world.connections.stream().filter(connection -> connection.open).toList();
    if (open.isEmpty()) {
      return false;
    }
    SimConnection connection = world.any(open);
    connection.compute.lost(connection);
    return true;
  }

  private boolean cut(boolean bothWays) {
    SimNode node = world.anyMember(world.controlPlane.stored());
    long micros = (200 + world.random.nextInt(5_000)) * MILLI;
    boolean inwards = world.random.nextBoolean();
    List<Object> others = new ArrayList<>(world.computes);
    if (world.chance(50)) {
      others.addAll(world.nodes);
      others.add(world.controlPlane);
    }
    for (Object other : others) {
      if (bothWays || inwards) {
        world.cut(other, node, micros);
      }
      if (bothWays || !inwards) {
        world.cut(node, other, micros);
      }
    }
    return true;
  }

  private boolean trouble(Fault fault, SimNode node) {
    if (!node.isUp()) {
      return false;
    }
    switch (fault) {
      case SAFEKEEPER_PAUSED -> node.pause((50 + world.random.nextInt(5_000)) * MILLI);
      case SAFEKEEPER_CRASHED -> node.crash();
      case CRASH_IN_WRITE -> node.disk.crashIn(world.random.nextInt(24));
      case SYNC_FAILED -> node.disk.failSyncIn(world.random.nextInt(5));
      default -> {
        SimDisk disk = node.disk;
        disk.full(true);
        world.time.in((300 + world.random.nextInt(4_000)) * MILLI, () -> disk.full(false));
      }
    }
    return true;
  }

  private boolean compute(Fault fault) {
    List<SimCompute> living = world.computes.stream().filter(each -> !each.isOver()).toList();
    if (living.isEmpty()) {
      return false;
    }
    SimCompute compute = world.any(living);
    switch (fault) {
      case COMPUTE_PAUSED -> compute.pause((50 + world.random.nextInt(5_000)) * MILLI);
      case CLOCK_JUMP -> compute.jumpClock((world.random.nextInt(120_000) - 60_000) * MILLI);
      case COMPUTE_CRASHED -> compute.die();
      default -> {
        if (living.size() > 1) {
          return false;
        }
        world.startCompute();
      }
    }
    return true;
  }

  /// Only one at a time may have lost something, and where nobody is exchanged one in all.
  private boolean damage(Fault fault) {
    MembershipConfiguration stored = world.controlPlane.stored();
    boolean already =
        world.nodes.stream().anyMatch(node -> node.damaged)
            || world.members(stored.members()).stream().anyMatch(SimNode::isEmpty);
    if (already || stored.isJoint() || (!exchangesMembers && world.chance(70))) {
      return false;
    }
    SimNode node = world.anyMember(stored);
    if (fault == Fault.DISK_LOST) {
      node.loseDisk();
      return true;
    }
    if (node.isUp()) {
      node.losePower();
    } else {
      node.disk.losePower();
    }
    return rot(node);
  }

  /// A bit of a record that is on disk and that a start reads again: one that the control file says
  /// to be durable, or one above with whole records on a page behind it.
  private boolean rot(SimNode node) {
    try {
      ControlState control =
          ControlFormat.decode(
                  ByteBuffer.wrap(node.disk.durableContent(ControlFile.NAME)), "on disk")
              .state();
      long known = control.flushLsn().value();
      long lastPage = world.chance(50) ? lastPageWithRecord(node, known) : known;
      if (lastPage > known) {
        return rot(node, known, lastPage);
      }
      long commitSegment = SimWorld.LAYOUT.segmentNumber(control.commitLsn().value());
      long from =
          Math.max(SimWorld.START, SimWorld.LAYOUT.segmentStart(Math.max(0, commitSegment - 1)));
      return rot(node, from, known);
    } catch (CorruptDataException e) {
      throw new Violation("a control file is damaged: " + e);
    }
  }

  private boolean rot(SimNode node, long from, long to) {
    long intact = end(node, to);
    for (int tries = 0; tries < 8 && from < to; tries++) {
      long lsn = from + world.random.nextLong(to - from);
      int bit = world.random.nextInt(8);
      node.disk.rot(lsn, bit);
      if (end(node, to) < intact) {
        node.damaged = true;
        return true;
      }
      node.disk.rot(lsn, bit); // it was padding: the same bit again
    }
    return false;
  }

  /// The page on which the last whole record begins, if that ends in the same segment; else
  /// `known`.
  private static long lastPageWithRecord(SimNode node, long known) {
    long segmentEnd = SimWorld.LAYOUT.segmentStart(SimWorld.LAYOUT.segmentNumber(known) + 1);
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(SimWorld.START, SimWorld.LAYOUT).checkingPrev(false);
    decoder.feed(node.disk.durableWal(SimWorld.START, (int) (segmentEnd - SimWorld.START)));
    long page = known;
    try {
      while (decoder.next()) {
        page = Math.max(known, WalLayout.pageStart(decoder.recordStartLsn()));
      }
    } catch (CorruptDataException e) {
      return page; // the end of the log
    }
    return page;
  }

  /// Where the records below `to` end, by their bytes.
  private static long end(SimNode node, long to) {
    byte[] log = node.disk.durableWal(SimWorld.START, (int) (to - SimWorld.START));
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(SimWorld.START, SimWorld.LAYOUT).checkingPrev(false);
    decoder.feed(log);
    try {
      return decoder.skipToBoundary();
    } catch (CorruptDataException e) {
      return decoder.boundaryLsn();
    }
  }
}
