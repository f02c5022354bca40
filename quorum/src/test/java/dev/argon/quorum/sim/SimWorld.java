package dev.argon.quorum.sim;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.Election;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.SafekeeperAddress;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Acceptors, and what must hold of them and of the proposers at every moment.
final class SimWorld {

  static final TenantId TENANT = new TenantId(1, 2);
  static final TimelineId TIMELINE = new TimelineId(3, 4);
  static final ServerIdentity SERVER = new ServerIdentity(150020, 77, 16 << 20);

  private final List<SimAcceptor> acceptors = new ArrayList<>();

  // Facts of the past, which must never be contradicted.
  private final Map<Term, Long> winners = new HashMap<>();
  private final Map<String, Long> votes = new HashMap<>();
  private final Map<NodeId, Term> highestTerm = new HashMap<>();
  private final SimLog committed = new SimLog();

  /// The states that were found to be right: they and their logs have not changed since.
  private final Set<AcceptorState> checked = Collections.newSetFromMap(new IdentityHashMap<>());

  /// The term of the leader that committed each cell of [#committed].
  private final List<Term> committedIn = new ArrayList<>();

  SimWorld(int acceptorCount, java.util.random.RandomGenerator random) {
    List<MembershipConfiguration.Member> members = new ArrayList<>();
    for (int i = 1; i <= acceptorCount; i++) {
      members.add(new MembershipConfiguration.Member(new NodeId(i), "sk" + i, 5454));
    }
    ControlState initial =
        ControlState.create(
            new MembershipConfiguration(1, members, List.of()), SERVER, SimLog.START);
    for (int i = 1; i <= acceptorCount; i++) {
      acceptors.add(new SimAcceptor(new NodeId(i), initial, random));
    }
  }

  List<SimAcceptor> acceptors() {
    return acceptors;
  }

  List<SafekeeperAddress> addresses() {
    return acceptors.getFirst().durableControl().membership().members().stream()
        .map(MembershipConfiguration.Member::address)
        .toList();
  }

  Lsn committedEnd() {
    return committed.end();
  }

  /// ElectionSafety, and: a leader's log begins with all that was committed in lower terms. (One
  /// that wins late, when a higher term has its leader already, may lack what that one has
  /// committed.)
  void checkWon(SimProposer proposer, Election election, SimLog donorLog) {
    Long winner = winners.putIfAbsent(election.term(), proposer.id);
    check(winner == null, "term " + election.term() + " was won twice");
    for (int i = 0; i < committed.size(); i++) {
      if (committedIn.get(i).isBefore(election.term())) {
        check(
            i < SimLog.indexOf(election.startLsn()) && donorLog.get(i).equals(committed.get(i)),
            "the leader of term " + election.term() + " lacks the committed cell " + i);
      }
    }
  }

  /// LogSafety: what is committed is committed for ever, is on a majority, and only an elected
  /// proposer commits, at or above its term's start.
  void checkCommitted(SimProposer proposer, Lsn commitLsn) {
    check(proposer.isElected(), "a commit without an election");
    Election election = proposer.state.election().orElseThrow();
    check(commitLsn.isAtLeast(election.startLsn()), "a commit below the term's start");
    check(proposer.log.recordEnd(commitLsn).equals(commitLsn), "a commit within a record");
    for (int i = 0; i < SimLog.indexOf(commitLsn); i++) {
      Cell cell = proposer.log.get(i);
      if (i < committed.size()) {
        check(cell.equals(committed.get(i)), "cell " + i + " was committed as another one");
        continue;
      }
      committed.add(cell);
      committedIn.add(proposer.state.term());
      int holders = 0;
      for (SimAcceptor acceptor : acceptors) {
        boolean holds =
            SimLog.indexOf(acceptor.durableEnd()) > i && acceptor.log().get(i).equals(cell);
        holders += holds ? 1 : 0;
      }
      check(holders > acceptors.size() / 2, "cell " + i + " committed on " + holders);
    }
  }

  void noteReply(SimProposer proposer, SimAcceptor acceptor, AcceptorMessage reply) {
    if (reply instanceof AcceptorMessage.VoteResponse vote) {
      SimLog log = acceptor.log().copy();
      log.truncate(vote.flushLsn());
      proposer.votersLogs.put(acceptor.node().value(), log);
    }
    if (reply instanceof AcceptorMessage.VoteResponse vote && vote.granted()) {
      Long earlier = votes.putIfAbsent(acceptor.node() + "/" + vote.term(), proposer.id);
      check(earlier == null, acceptor.node() + " voted twice in term " + vote.term());
      check(acceptor.durableControl().term().equals(vote.term()), "a vote that is not on disk");
    }
    if (reply instanceof AcceptorMessage.AppendResponse append) {
      check(
          !append.flushLsn().isAfter(acceptor.durableEnd()),
          "answered " + append.flushLsn() + " but durable is " + acceptor.durableEnd());
    }
  }

  void noteMessage(ProposerMessage message) {
    if (message instanceof ProposerMessage.Append append) {
      check(!append.commitLsn().isAfter(committed.end()), "a commit LSN that nobody has committed");
    }
  }

  void checkAll() {
    checked.removeIf(
        state -> acceptors.stream().noneMatch(a -> a.isUp() && isSame(a.state(), state)));
    for (SimAcceptor acceptor : acceptors) {
      Term seen = highestTerm.getOrDefault(acceptor.node(), Term.ZERO);
      Term now = acceptor.durableControl().term();
      check(!now.isBefore(seen), acceptor.node() + " went back from term " + seen + " to " + now);
      highestTerm.put(acceptor.node(), now);
      if (acceptor.isUp() && !checked.contains(acceptor.state())) {
        checkAcceptor(acceptor);
        checked.add(acceptor.state());
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // the same object, not an equal one: that is the point
  private static boolean isSame(AcceptorState a, AcceptorState b) {
    return a == b;
  }

  private void checkAcceptor(SimAcceptor acceptor) {
    AcceptorState state = acceptor.state();
    check(state.writeLsn().equals(acceptor.log().end()), "write LSN is not the log's end");
    check(!state.flushLsn().isAfter(acceptor.durableEnd()), "flush LSN above what is durable");
    check(state.commitLsn().compareTo(state.flushLsn()) <= 0, "commit above flush");
    check(state.commitLsn().compareTo(committed.end()) <= 0, "an unknown commit LSN");
    SimLog log = acceptor.log();
    check(log.recordEnd(state.flushLsn()).equals(state.flushLsn()), "flush within a record");
    for (int i = 0; i < SimLog.indexOf(state.commitLsn()); i++) {
      check(log.get(i).equals(committed.get(i)), "committed WAL differs on " + acceptor.node());
    }
    // LogIsMonotonic, and the history tells the truth about the log.
    List<TermHistory.Entry> entries = state.control().history().entries();
    int entry = 0;
    for (int i = 0; i < SimLog.indexOf(state.writeLsn()); i++) {
      while (entry + 1 < entries.size() && !entries.get(entry + 1).lsn().isAfter(SimLog.lsnAt(i))) {
        entry++;
      }
      check(
          entries.get(entry).term().equals(log.get(i).term()),
          "history " + entries + " does not fit cell " + i + " " + log.get(i));
    }
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
