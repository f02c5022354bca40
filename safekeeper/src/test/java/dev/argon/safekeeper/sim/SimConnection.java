package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.VirtualTime.MILLI;

import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;

/// A connection between a compute and a safekeeper. Over a good network it is a stream; over a bad
/// one messages are lost, repeated and overtake each other, which no TCP does: the protocol is to
/// stand it all the same.
final class SimConnection {

  final SimWorld world;
  final SimCompute compute;
  final int number;
  final SimNode node;

  /// As the compute sees it.
  boolean open = true;

  /// As the safekeeper sees it.
  private boolean served = true;

  /// Whether the safekeeper owes an answer to appends.
  boolean appended;

  private boolean flushPlanned;

  // What was lost by a partition does not come later: nor does what follows.
  private boolean deadToServer;
  private boolean deadToClient;
  private long lastToServer;
  private long lastToClient;

  /// When the compute has last heard of the safekeeper, by its clock.
  long heard;

  SimConnection(SimWorld world, SimCompute compute, int number, SimNode node) {
    this.world = world;
    this.compute = compute;
    this.number = number;
    this.node = node;
  }

  void toServer(ProposerMessage message, byte[] wal) {
    deadToServer |= !world.isReachable(compute, node);
    if (deadToServer || !open) {
      return;
    }
    for (int copies = world.copies(); copies > 0; copies--) {
      lastToServer = world.arrival(lastToServer);
      world.time.at(lastToServer, () -> arrive(message, wal));
    }
  }

  private void arrive(ProposerMessage message, byte[] wal) {
    if (!served || !node.isUp()) {
      return;
    }
    if (node.isPaused()) {
      world.time.at(node.pausedUntil(), () -> arrive(message, wal));
      return;
    }
    node.serve(this, message, wal);
  }

  /// The safekeeper syncs once for all that has arrived.
  void flushLater() {
    if (!flushPlanned) {
      flushPlanned = true;
      world.time.in(world.random.nextInt(2_000), this::flush);
    }
  }

  private void flush() {
    flushPlanned = false;
    if (!appended || !node.isUp()) {
      return;
    }
    if (node.isPaused()) {
      flushPlanned = true;
      world.time.at(node.pausedUntil(), this::flush);
      return;
    }
    appended = false;
    node.flush(this);
  }

  void toClient(AcceptorMessage reply) {
    deadToClient |= !world.isReachable(node, compute);
    if (deadToClient || !served) {
      return;
    }
    byte[] log =
        reply instanceof AcceptorMessage.VoteResponse vote
            ? world.checks.logAtVote(node, vote)
            : new byte[0];
    for (int copies = world.copies(); copies > 0; copies--) {
      lastToClient = world.arrival(lastToClient);
      world.time.at(lastToClient, () -> compute.receive(this, reply, log));
    }
  }

  /// The safekeeper ends the connection.
  void refuse(String reason) {
    served = false;
    world.note(() -> "safekeeper " + node.id + " refuses " + compute + ": " + reason);
    world.time.at(world.arrival(lastToClient), () -> compute.lost(this));
  }

  /// The safekeeper's process is gone.
  void cut() {
    served = false;
    appended = false;
    world.time.in(MILLI, () -> compute.lost(this));
  }
}
