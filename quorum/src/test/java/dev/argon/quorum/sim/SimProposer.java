package dev.argon.quorum.sim;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.Election;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerSettings;
import dev.argon.quorum.ProposerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// One life of a compute: a proposer, the log it knows, and its connections.
final class SimProposer {

  /// A message on its way, with the WAL of an append.
  record Letter<T>(T message, List<Cell> cells) {}

  /// A connection to one acceptor, or none.
  static final class Connection {
    boolean open;

    /// Whether the acceptor owes an answer to appends of this connection.
    boolean appended;

    final List<Letter<ProposerMessage>> toAcceptor = new ArrayList<>();
    final List<Letter<AcceptorMessage>> toProposer = new ArrayList<>();

    void close() {
      open = false;
      appended = false;
      toAcceptor.clear();
      toProposer.clear();
    }
  }

  final long id;
  final ProposerState state;
  final List<Connection> connections = new ArrayList<>();
  private final SimWorld world;

  /// The leader's whole log: the donor's up to the election, its own from there on.
  SimLog log = new SimLog();

  /// The logs of those who answered a vote request, by node, as they were then.
  final Map<Long, SimLog> votersLogs = new HashMap<>();

  private long serial;

  SimProposer(long id, SimWorld world) {
    this.id = id;
    this.world = world;
    state =
        new ProposerState(
            new ProposerSettings(
                SimWorld.TENANT, SimWorld.TIMELINE, SimWorld.SERVER, world.addresses(), 1));
    for (int i = 0; i < world.acceptors().size(); i++) {
      connections.add(new Connection());
    }
  }

  boolean isElected() {
    return state.phase() == ProposerState.Phase.ELECTED;
  }

  boolean isStopped() {
    return state.phase() == ProposerState.Phase.STOPPED;
  }

  void connect(int acceptor) {
    connections.get(acceptor).close();
    connections.get(acceptor).open = true;
    take(state.connected(acceptor));
  }

  void disconnect(int acceptor) {
    connections.get(acceptor).close();
    take(state.disconnected(acceptor));
  }

  void receive(int acceptor, AcceptorMessage message) {
    take(state.received(acceptor, message));
  }

  void heartbeat() {
    take(state.heartbeat());
  }

  /// PostgreSQL writes a record of `cellCount` cells, and perhaps only a part of it so far.
  void write(int cellCount, boolean whole) {
    for (int i = 0; i < cellCount; i++) {
      boolean last = whole && i == cellCount - 1;
      log.add(new Cell(state.term(), id * 1_000_000 + serial++, last));
    }
    take(state.localWal(election().startLsn(), log.end()));
  }

  private Election election() {
    return state.election().orElseThrow();
  }

  private void take(List<ProposerOutput> outputs) {
    for (ProposerOutput output : outputs) {
      switch (output) {
        case ProposerOutput.Send(int acceptor, ProposerMessage message) ->
            post(acceptor, message, List.of());
        case ProposerOutput.AppendReady _ -> {} // pump asks all
        case ProposerOutput.Disconnect(int acceptor, String _) -> connections.get(acceptor).close();
        case ProposerOutput.Joined joined -> throw new AssertionError("unexpected: " + joined);
        case ProposerOutput.Left left -> throw new AssertionError("unexpected: " + left);
        case ProposerOutput.Won(Election election) -> {
          long donor = world.acceptors().get(election.donor()).node().value();
          log = Objects.requireNonNull(votersLogs.get(donor)).copy();
          world.checkWon(this, election, log);
          take(state.localWal(election.startLsn(), election.startLsn()));
        }
        case ProposerOutput.Committed(Lsn commitLsn) -> world.checkCommitted(this, commitLsn);
        case ProposerOutput.Fenced _, ProposerOutput.Stranded _ ->
            connections.forEach(Connection::close);
      }
    }
  }

  private void post(int acceptor, ProposerMessage message, List<Cell> cells) {
    Connection connection = connections.get(acceptor);
    if (connection.open) {
      connection.toAcceptor.add(new Letter<>(message, cells));
    }
  }

  /// Sends what there is to send to one acceptor: own WAL in pieces, or another acceptor's.
  void pump(int acceptor, int bytesMax) {
    state
        .nextAppend(acceptor, bytesMax)
        .ifPresent(append -> post(acceptor, append, log.range(append.beginLsn(), append.endLsn())));
    state
        .recovery(acceptor)
        .ifPresent(recovery -> {
          SimAcceptor donor = world.acceptors().get(recovery.donor());
          if (!donor.isUp() || !donor.state().term().equals(recovery.term())) {
            return;
          }
          Lsn available = Lsn.min(recovery.toLsn(), donor.state().flushLsn());
          Lsn to = Lsn.min(available, recovery.fromLsn().plus(bytesMax));
          if (to.isAfter(recovery.fromLsn())) {
            state
                .recoveredAppend(acceptor, recovery.fromLsn(), to)
                .ifPresent(
                    append -> post(acceptor, append, donor.log().range(recovery.fromLsn(), to)));
          }
        });
  }
}
