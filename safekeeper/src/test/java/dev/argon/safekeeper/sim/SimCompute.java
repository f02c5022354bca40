package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.VirtualTime.MILLI;
import static dev.argon.safekeeper.sim.VirtualTime.SECOND;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.Election;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerSettings;
import dev.argon.quorum.ProposerState;
import dev.argon.quorum.Recovery;
import dev.argon.quorum.SafekeeperAddress;
import dev.argon.safekeeper.wal.WalStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One life of a compute: drives its [ProposerState] as the proposer's loop does, and writes WAL.
final class SimCompute {

  /// `XLOG_NOOP`: a record that says nothing, of any length.
  private static final int NOOP = 0x20;

  private static final int BACKLOG_BYTES_MAX = 48 << 10;
  private static final long SILENCE_MAX = 3 * SECOND;
  private static final long RECONNECT = 300 * MILLI;
  private static final long TICK = 200 * MILLI;

  /// What it knows of one safekeeper.
  private static final class Link {
    final SimNode node;
    @Nullable SimConnection connection;
    long reconnectAt;
    boolean connecting;
    boolean left;

    Link(SimNode node) {
      this.node = node;
    }
  }

  private final SimWorld world;
  final int id;
  final ProposerState state;
  private final Map<Integer, Link> links = new TreeMap<>();
  private final Map<Integer, Map<Long, byte[]>> logsOfVoters = new TreeMap<>();
  private boolean dead;
  private long pausedUntil;
  private long clockSkew;
  private long heartbeatAt;

  /// The leader's log from the timeline's start on; beyond [#tellLsn] it is not known to anyone
  /// yet.
  byte[] log = new byte[0];

  private int logBytes;
  private long tellLsn;
  private long serial;
  private final Set<Long> recordEnds = new HashSet<>();

  /// Up to here its log was compared with what is committed.
  long verified = SimWorld.START;

  SimCompute(SimWorld world, int id, MembershipConfiguration members) {
    this.world = world;
    this.id = id;
    List<SafekeeperAddress> addresses =
        members.members().stream().map(MembershipConfiguration.Member::address).toList();
    state =
        new ProposerState(
            new ProposerSettings(
                SimWorld.KEY.tenant(),
                SimWorld.KEY.timeline(),
                SimWorld.SERVER,
                addresses,
                members.generation()));
    for (int i = 0; i < addresses.size(); i++) {
      links.put(i, new Link(world.nodeAt(addresses.get(i))));
    }
    tick();
    writeLater();
  }

  boolean isElected() {
    return !dead && state.phase() == ProposerState.Phase.ELECTED;
  }

  boolean isOver() {
    return dead || state.phase() == ProposerState.Phase.STOPPED;
  }

  void die() {
    dead = true;
    links.values().forEach(SimCompute::close);
  }

  void pause(long micros) {
    pausedUntil = world.time.now() + micros;
  }

  void jumpClock(long micros) {
    clockSkew += micros;
  }

  private long clock() {
    return world.time.now() + clockSkew;
  }

  private static void close(Link link) {
    SimConnection connection = link.connection;
    if (connection != null) {
      connection.open = false;
    }
    link.connection = null;
  }

  /// Runs `action` when the process is not paused, if it lives then.
  private void alive(Runnable action) {
    if (isOver()) {
      return;
    }
    if (pausedUntil > world.time.now()) {
      world.time.at(pausedUntil, () -> alive(action));
    } else {
      action.run();
    }
  }

  private void tick() {
    long now = clock();
    if (now >= heartbeatAt || heartbeatAt > now + 10 * SECOND) {
      heartbeatAt = now + SECOND;
      take(state.heartbeat());
    }
    for (Map.Entry<Integer, Link> entry : List.copyOf(links.entrySet())) {
      Link link = entry.getValue();
      SimConnection connection = link.connection;
      // A clock that was set back must not make it wait for what it was ahead.
      link.reconnectAt = Math.min(link.reconnectAt, now + RECONNECT);
      if (connection != null) {
        connection.heard = Math.min(connection.heard, now);
      }
      if (connection != null && now - connection.heard > SILENCE_MAX) {
        lost(connection);
      } else if (connection == null && !link.connecting && !link.left && now >= link.reconnectAt) {
        connect(entry.getKey(), link);
      } else if (connection != null) {
        pump(entry.getKey());
      }
    }
    world.time.in(TICK, () -> alive(this::tick));
  }

  private void connect(int number, Link link) {
    link.connecting = true;
    world.time.in(
        world.delay() * 2,
        () ->
            alive(() -> {
              link.connecting = false;
              boolean answered =
                  link.node.answers()
                      && world.isReachable(this, link.node)
                      && world.isReachable(link.node, this);
              if (!answered || link.left) {
                link.reconnectAt = clock() + RECONNECT;
                return;
              }
              SimConnection connection = new SimConnection(world, this, number, link.node);
              connection.heard = clock();
              link.connection = connection;
              world.connections.add(connection);
              take(state.connected(number));
            }));
  }

  /// A connection is gone.
  void lost(SimConnection connection) {
    alive(() -> {
      Link link = link(connection.number);
      if (isCurrent(connection)) {
        close(link);
        link.reconnectAt = clock() + RECONNECT;
        take(state.disconnected(connection.number));
      }
    });
  }

  @SuppressWarnings("ReferenceEquality") // this very connection
  private boolean isCurrent(SimConnection connection) {
    return link(connection.number).connection == connection;
  }

  private Link link(int number) {
    Link link = links.get(number);
    if (link == null) {
      throw new IllegalStateException("no safekeeper with number " + number);
    }
    return link;
  }

  /// A safekeeper has said something.
  ///
  /// @param voterLog its log, if it is the answer to a vote request
  void receive(SimConnection connection, AcceptorMessage message, byte[] voterLog) {
    alive(() -> {
      if (!isCurrent(connection)) {
        return;
      }
      connection.heard = clock();
      if (message instanceof AcceptorMessage.VoteResponse vote) {
        logsOfVoters
            .computeIfAbsent(connection.number, _ -> new TreeMap<>())
            .put(vote.flushLsn().value(), voterLog);
      }
      take(state.received(connection.number, message));
    });
  }

  /// The control plane tells of other members.
  void tell(MembershipConfiguration members) {
    alive(() -> take(state.membership(members)));
  }

  private void take(List<ProposerOutput> outputs) {
    for (ProposerOutput output : outputs) {
      switch (output) {
        case ProposerOutput.Send(int number, ProposerMessage message) ->
            send(number, message, new byte[0]);
        case ProposerOutput.AppendReady(int number) ->
            world.time.in(world.random.nextInt(2_000), () -> alive(() -> pump(number)));
        case ProposerOutput.Disconnect(int number, String reason) -> {
          world.note(() -> this + " disconnects from " + link(number).node.id + ": " + reason);
          close(link(number));
          link(number).reconnectAt = clock() + RECONNECT;
        }
        case ProposerOutput.Joined(int number, SafekeeperAddress address) -> {
          Link link = new Link(world.nodeAt(address));
          Violation.check(links.put(number, link) == null, "a number was given twice");
          connect(number, link);
        }
        case ProposerOutput.Left(int number, String _) -> {
          close(link(number));
          link(number).left = true;
        }
        case ProposerOutput.Won(Election election) -> won(election);
        case ProposerOutput.Committed(Lsn commitLsn) -> world.checks.committed(this, commitLsn);
        case ProposerOutput.Fenced(var term, String reason) -> {
          world.note(() -> this + " is fenced: " + reason + ", term " + term);
          links.values().forEach(SimCompute::close);
        }
        case ProposerOutput.Stranded(String reason) -> {
          world.note(() -> this + " is stranded: " + reason);
          links.values().forEach(SimCompute::close);
        }
      }
    }
  }

  private void send(int number, ProposerMessage message, byte[] wal) {
    SimConnection connection = link(number).connection;
    if (connection != null) {
      connection.toServer(message, wal);
    }
  }

  private void won(Election election) {
    byte[] donorLog =
        logsOfVoters
            .getOrDefault(election.donor(), Map.of())
            .getOrDefault(election.startLsn().value(), new byte[0]);
    world.note(() -> this + " has won: " + election);
    world.checks.won(this, election, donorLog);
    log = Arrays.copyOf(donorLog, donorLog.length + (16 << 10));
    logBytes = donorLog.length;
    logsOfVoters.clear();
    recordEnds.add(election.startLsn().value());
    tellLsn = election.startLsn().value();
    take(state.localWal(election.startLsn(), election.startLsn()));
  }

  private long endLsn() {
    return SimWorld.START + logBytes;
  }

  private void writeLater() {
    world.time.in(
        (10 + world.random.nextInt(120)) * MILLI,
        () ->
            alive(() -> {
              if (isElected()) {
                write();
              }
              writeLater();
            }));
  }

  /// PostgreSQL writes a record or some, and a part of what it wrote arrives here.
  private void write() {
    if (endLsn() - Math.max(state.commitLsn().value(), startLsn()) < BACKLOG_BYTES_MAX) {
      int count = 1 + world.random.nextInt(3);
      for (int i = 0; i < count; i++) {
        writeRecord();
      }
    }
    if (tellLsn < endLsn()) {
      tellLsn =
          world.chance(70)
              ? endLsn()
              : tellLsn + 1 + world.random.nextInt((int) (endLsn() - tellLsn));
      take(state.localWal(new Lsn(startLsn()), new Lsn(tellLsn)));
    }
  }

  private long startLsn() {
    return state.election().orElseThrow().startLsn().value();
  }

  private void writeRecord() {
    int length = 16 + (world.chance(5) ? world.random.nextInt(12_000) : world.random.nextInt(400));
    byte[] data = new byte[length];
    world.random.nextBytes(data);
    ByteBuffer.wrap(data)
        .order(ByteOrder.BIG_ENDIAN)
        .putLong(state.term().value())
        .putLong(serial++);
    byte[] record =
        WalRecordWriter.record(ResourceManager.XLOG, NOOP, 0, endLsn() - 8, List.of(), data);
    FramedWal framed = WalRecordWriter.frame(record, endLsn(), WalStore.TIMELINE, SimWorld.LAYOUT);
    byte[] bytes = framed.bytes();
    if (log.length < logBytes + bytes.length) {
      log = Arrays.copyOf(log, Math.max(log.length * 2, logBytes + bytes.length));
    }
    System.arraycopy(bytes, 0, log, logBytes, bytes.length);
    logBytes += bytes.length;
    recordEnds.add(endLsn());
  }

  /// Whether a record of this leader, or the log before it, ends there.
  boolean isRecordEnd(Lsn lsn) {
    return recordEnds.contains(lsn.value());
  }

  private byte[] range(Lsn from, Lsn to) {
    return Arrays.copyOfRange(
        log, (int) (from.value() - SimWorld.START), (int) (to.value() - SimWorld.START));
  }

  /// Sends what there is to send to one safekeeper.
  private void pump(int number) {
    if (link(number).connection == null) {
      return;
    }
    int bytesMax = 64 + world.random.nextInt(8_000);
    Optional<ProposerMessage.Append> append = state.nextAppend(number, bytesMax);
    while (append.isPresent()) {
      Lsn begin = append.get().beginLsn();
      send(number, append.get(), range(begin, append.get().endLsn()));
      append = state.nextAppend(number, bytesMax);
    }
    state.recovery(number).ifPresent(this::recover);
  }

  /// Brings one safekeeper WAL that another one has.
  private void recover(Recovery recovery) {
    SimNode donor = link(recovery.donor()).node;
    if (!donor.answers()
        || !world.isReachable(this, donor)
        || !world.isReachable(donor, this)
        || !donor.state().term().equals(recovery.term())) {
      return;
    }
    AcceptorState has = donor.state();
    Lsn end = Lsn.min(recovery.toLsn(), has.flushLsn());
    end = Lsn.min(end, recovery.fromLsn().plus(1 + world.random.nextInt(16_000)));
    if (!end.isAfter(recovery.fromLsn())) {
      return;
    }
    try {
      byte[] wal = donor.read(recovery.fromLsn(), (int) end.bytesAfter(recovery.fromLsn()));
      state
          .recoveredAppend(recovery.acceptor(), recovery.fromLsn(), end)
          .ifPresent(append -> send(recovery.acceptor(), append, wal));
      world.time.in(world.delay() * 2, () -> alive(() -> pump(recovery.acceptor())));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "compute " + id + " in term " + state.term();
  }
}
