package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.VirtualTime.MILLI;
import static dev.argon.safekeeper.sim.VirtualTime.SECOND;

import dev.argon.identity.NodeId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.PeerRecovery;
import dev.argon.quorum.ProposerMessage;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.ControlContent;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.timeline.DiskSpace;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.TimelineObserver;
import dev.argon.safekeeper.wal.WalReader;
import dev.argon.safekeeper.wal.WalStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A safekeeper: a process that comes and goes, and its disk.
final class SimNode {

  private static final ByteBuffer NO_WAL = ByteBuffer.allocate(0);
  private static final int RECOVERY_PIECE_BYTES = 4096;

  final SimWorld world;
  final NodeId id;
  SimDisk disk;

  /// Its disk has lost something that was durable: it must not take part before it was excluded.
  boolean damaged;

  private @Nullable Timeline timeline;
  private @Nullable DiskSpace space;
  private String unusable = "";
  private boolean stopped;
  private long pausedUntil;
  private long lastPush = -SECOND;
  private long life;

  /// Up to here the log was compared with what is committed.
  long verifiedCommit = SimWorld.START;

  SimNode(SimWorld world, NodeId id) {
    this.world = world;
    this.id = id;
    disk = newDisk();
  }

  private SimDisk newDisk() {
    return new SimDisk(world.random, SimWorld.LAYOUT, this::walChanges);
  }

  private void walChanges(long fromLsn) {
    Timeline current = timeline;
    if (current != null) {
      world.checks.walChanges(this, current.state().commitLsn(), fromLsn);
    }
  }

  boolean isUp() {
    return timeline != null;
  }

  boolean isPaused() {
    return pausedUntil > world.time.now();
  }

  /// Up, not paused, and fit to answer.
  boolean answers() {
    return isUp() && !isPaused();
  }

  long pausedUntil() {
    return pausedUntil;
  }

  void pause(long micros) {
    pausedUntil = world.time.now() + micros;
  }

  AcceptorState state() {
    return require().state();
  }

  private Timeline require() {
    Timeline current = timeline;
    if (current == null) {
      throw new IllegalStateException("safekeeper " + id + " is not up");
    }
    return current;
  }

  /// The disk is another one, with nothing on it.
  void loseDisk() {
    if (isUp()) {
      crash();
    }
    disk = newDisk();
    damaged = true;
  }

  /// As the control plane creates a timeline.
  void create(ControlState initial) {
    try {
      new ControlFile(disk, SimDisk.DIRECTORY)
          .write(new ControlContent(id, SimWorld.KEY, initial, ArchiveState.NONE));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  void start() {
    if (isUp() || !unusable.isEmpty() || disk.isEmpty()) {
      return;
    }
    stopped = false;
    life++;
    try {
      ControlFile file = new ControlFile(disk, SimDisk.DIRECTORY);
      if (!disk.exists(SimDisk.DIRECTORY.resolve(ControlFile.NAME))) {
        return; // no timeline
      }
      ControlContent content = file.read();
      DiskSpace room = new DiskSpace(disk, SimDisk.DIRECTORY, 1, SimDisk.RESERVE_BYTES);
      room.check();
      Timeline opened =
          Timeline.open(
              content,
              file,
              SimDisk.DIRECTORY,
              new Timeline.Parts(room, this::failStop, TimelineObserver.NONE, _ -> {}));
      Violation.check(!damaged, "safekeeper " + id + " serves from a damaged disk");
      timeline = opened;
      space = room;
      verifiedCommit = SimWorld.START;
      world.checks.node(this);
      world.note(() -> "safekeeper " + id + " started: " + describe());
      tick(life);
    } catch (CorruptDataException e) {
      if (!damaged && isTorn(e) && disk.dropPieces()) {
        start(); // refused as it is meant to be, but no case to go on with
        return;
      }
      Violation.check(damaged, "safekeeper " + id + " is refused though undamaged: " + e);
      unusable = String.valueOf(e.getMessage());
      world.note(() -> "safekeeper " + id + " is refused: " + unusable);
    } catch (IOException e) {
      crash(); // a full disk, a failed sync: it is started again
    } catch (SimCrash e) {
      crash();
    }
  }

  /// Whole records behind a lost sector are taken for corruption, though nothing was acknowledged
  /// of them.
  private static boolean isTorn(CorruptDataException e) {
    return String.valueOf(e.getMessage()).contains("though there is a valid record behind it");
  }

  private void failStop(String reason, Throwable cause) {
    world.note(() -> "safekeeper " + id + " stops: " + reason);
    stopped = true;
  }

  /// The process is gone, alone or with the whole machine.
  void crash() {
    if (world.random.nextBoolean()) {
      losePower();
    } else {
      disk.loseProcess();
      gone("killed");
    }
  }

  /// The machine is gone; what was not synced is lost or torn.
  void losePower() {
    disk.losePower();
    gone("without power");
  }

  private void gone(String how) {
    timeline = null;
    space = null;
    life++;
    pausedUntil = 0;
    world.note(() -> "safekeeper " + id + " is " + how);
    world.cutOff(this);
    world.restartLater(this);
  }

  /// What runs in the process.
  @FunctionalInterface
  interface Work {
    void run(Timeline timeline) throws IOException, RefusedException;
  }

  /// Does something in the process, and checks what came of it.
  ///
  /// @return why it was refused, or empty; also if the process died of it
  Optional<String> run(Work work) {
    Optional<String> refused = Optional.empty();
    try {
      work.run(require());
    } catch (RefusedException e) {
      refused = Optional.of(e.reason());
    } catch (IOException e) {
      stopped = true;
      refused = Optional.of(String.valueOf(e.getMessage()));
    } catch (SimCrash e) {
      crash();
      return Optional.of("crashed");
    }
    if (stopped) {
      crash();
      return Optional.of("stopped");
    }
    world.checks.node(this);
    return refused;
  }

  private void tick(long ofLife) {
    world.time.in(
        SECOND,
        () -> {
          if (life == ofLife && isUp()) {
            if (!isPaused()) {
              everySecond();
            }
            tick(ofLife);
          }
        });
  }

  private void everySecond() {
    run(current -> {
      DiskSpace room = space;
      if (room != null) {
        room.check();
      }
      current.checkpoint(Lsn.INVALID);
    });
    if (!isUp()) {
      return;
    }
    SimNode peer = world.anyMember(state().control().membership());
    if (peer.id.equals(id) || !peer.answers() || !world.isReachable(this, peer)) {
      return;
    }
    if (world.chance(30)) {
      run(current -> current.learnCommit(peer.state().lastLogTerm(), peer.state().commitLsn()));
    }
    if (isUp() && peer.isUp() && world.time.now() - lastPush > 2 * SECOND) {
      recoverFrom(peer);
    }
  }

  /// See [PeerRecovery].
  private void recoverFrom(SimNode peer) {
    AcceptorState donor = peer.state();
    Optional<PeerRecovery> plan =
        PeerRecovery.plan(
            state(),
            new PeerRecovery.Donor(
                donor.control().membership().generation(),
                donor.term(),
                donor.control().history().upTo(donor.flushLsn()),
                donor.flushLsn()));
    if (plan.isEmpty()) {
      return;
    }
    PeerRecovery todo = plan.get();
    world.note(() -> "safekeeper " + id + " recovers from " + peer.id);
    int generation = donor.control().membership().generation();
    run(current -> {
      List<AcceptorMessage> unheard = new ArrayList<>();
      for (ProposerMessage message : todo.hello()) {
        current.handle(message, NO_WAL.duplicate(), unheard);
      }
      Lsn at = todo.fromLsn();
      while (at.isBefore(todo.toLsn())) {
        Lsn end = Lsn.min(at.plus(RECOVERY_PIECE_BYTES), todo.toLsn());
        byte[] wal = peer.read(at, (int) end.bytesAfter(at));
        current.handle(
            new ProposerMessage.Append(
                generation, todo.term(), at, end, donor.commitLsn(), donor.truncateLsn()),
            ByteBuffer.wrap(wal),
            unheard);
        at = end;
        if (world.chance(10)) {
          break;
        }
      }
      current.flush(unheard);
    });
  }

  /// Takes a proposer's message and answers.
  void serve(SimConnection connection, ProposerMessage message, byte[] wal) {
    lastPush = world.time.now();
    List<AcceptorMessage> replies = new ArrayList<>();
    Optional<String> refused =
        run(current -> {
          boolean append = message instanceof ProposerMessage.Append;
          if (connection.appended && !append) {
            connection.appended = false;
            current.flush(replies);
          }
          current.handle(message, ByteBuffer.wrap(wal), replies);
          if (append) {
            connection.appended = true;
          }
        });
    answer(connection, replies, refused);
    if (connection.appended) {
      connection.flushLater();
    }
  }

  /// Makes durable what has come over a connection, and answers for it.
  void flush(SimConnection connection) {
    List<AcceptorMessage> replies = new ArrayList<>();
    Optional<String> refused = run(current -> current.flush(replies));
    answer(connection, replies, refused);
  }

  private void answer(
      SimConnection connection, List<AcceptorMessage> replies, Optional<String> refused) {
    if (!isUp()) {
      return;
    }
    for (AcceptorMessage reply : replies) {
      world.checks.reply(this, connection.compute, reply);
      connection.toClient(reply);
    }
    refused.ifPresent(connection::refuse);
  }

  /// The WAL as a reader gets it.
  byte[] read(Lsn from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    WalStore store = require().wal();
    try (WalReader reader =
        new WalReader(
            number -> disk.open(store.file(number), StandardOpenOption.READ),
            SimWorld.LAYOUT,
            new Lsn(SimWorld.START))) {
      reader.read(from, bytes);
    }
    return bytes.array();
  }

  // What the control plane asks.

  /// @return the change, or why it was refused
  Optional<Timeline.MembershipChange> put(MembershipConfiguration membership) {
    List<Timeline.MembershipChange> answer = new ArrayList<>();
    run(current -> answer.add(current.changeMembership(membership)));
    return answer.isEmpty() ? Optional.empty() : Optional.of(answer.getFirst());
  }

  /// Copies a timeline from another safekeeper; the control file comes last.
  void pull(SimNode donor, MembershipConfiguration membership) {
    try {
      AcceptorState state = donor.state();
      ControlState control = state.checkpoint().next().control();
      byte[] wal =
          donor.read(new Lsn(SimWorld.START), (int) (state.flushLsn().value() - SimWorld.START));
      disk = newDisk();
      unusable = "";
      WalStore store = new WalStore(disk, SimDisk.DIRECTORY, SimWorld.LAYOUT);
      store.write(new Lsn(SimWorld.START), ByteBuffer.wrap(wal));
      store.flush();
      store.close();
      new ControlFile(disk, SimDisk.DIRECTORY)
          .write(
              new ControlContent(
                  id,
                  SimWorld.KEY,
                  new ControlState(
                      membership,
                      control.term(),
                      control.history(),
                      control.server(),
                      control.timelineStartLsn(),
                      control.flushLsn(),
                      control.commitLsn(),
                      control.truncateLsn(),
                      control.remoteConsistentLsn(),
                      control.backupLsn()),
                  ArchiveState.NONE));
      world.note(() -> "safekeeper " + id + " pulled from " + donor.id);
      start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Is no member any more: everything is removed.
  void exclude() {
    if (isUp()) {
      timeline = null;
      space = null;
      life++;
      world.cutOff(this);
    }
    unusable = "";
    damaged = false;
    disk = newDisk();
    world.checks.excluded(this);
  }

  boolean isEmpty() {
    return !isUp() && disk.isEmpty();
  }

  boolean isRefused() {
    return !unusable.isEmpty();
  }

  String describe() {
    if (!isUp()) {
      return "down " + unusable;
    }
    AcceptorState state = state();
    return "generation "
        + state.control().membership().generation()
        + " term "
        + state.term()
        + " history "
        + state.control().history()
        + " write "
        + state.writeLsn()
        + " flush "
        + state.flushLsn()
        + " commit "
        + state.commitLsn();
  }

  /// Soon again, as an operator would.
  static long restartDelay(SimWorld world) {
    return (20 + world.random.nextInt(1500)) * MILLI;
  }
}
