package dev.argon.safekeeper.sim;

import static dev.argon.safekeeper.sim.Violation.check;

import dev.argon.identity.NodeId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.Election;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.control.ControlFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// What must hold at every moment, and the facts of the past that must never be contradicted.
final class SimChecks {

  private record Run(long endLsn, Term term) {}

  private record Vote(NodeId node, int generation, Term term) {}

  /// Who has answered appends, whose, and in which generation.
  private record Answerer(NodeId node, int generation, int compute) {}

  private final SimWorld world;
  private final Map<Term, Integer> winners = new HashMap<>();
  private final Map<Vote, Integer> votes = new HashMap<>();
  private final Map<Answerer, Lsn> answered = new HashMap<>();
  private final Map<NodeId, ControlState> seen = new HashMap<>();
  private final Map<Integer, MembershipConfiguration> configurations = new HashMap<>();

  /// All that was ever committed, from the timeline's start on, and by whom.
  private byte[] committed = new byte[64 << 10];

  private int committedBytes;
  private final List<Run> runs = new ArrayList<>();
  private int commitCount;

  SimChecks(SimWorld world) {
    this.world = world;
  }

  int commitCount() {
    return commitCount;
  }

  long committedEnd() {
    return SimWorld.START + committedBytes;
  }

  /// ConfigSafety.
  void configuration(MembershipConfiguration configuration) {
    MembershipConfiguration known =
        configurations.putIfAbsent(configuration.generation(), configuration);
    check(known == null || known.equals(configuration), "two configurations of one generation");
  }

  /// ElectionSafety; the leader's log begins with all that was committed in lower terms, and it is
  /// valid WAL of the terms that its history names.
  void won(SimCompute compute, Election election, byte[] donorLog) {
    configuration(compute.state.membership());
    Integer winner = winners.putIfAbsent(election.term(), compute.id);
    check(winner == null, "term " + election.term() + " was won twice");
    MembershipConfiguration members = compute.state.membership();
    check(
        isQuorum(
            members,
            node ->
                Integer.valueOf(compute.id)
                    .equals(votes.get(new Vote(node, members.generation(), election.term())))),
        compute + " has won without the votes of a quorum of " + members);
    check(
        donorLog.length == election.startLsn().value() - SimWorld.START,
        "no log of the donor up to " + election.startLsn());
    int must = 0;
    for (Run run : runs) {
      if (run.term.isBefore(election.term())) {
        must = (int) (run.endLsn - SimWorld.START);
      }
    }
    check(donorLog.length >= must, compute + " lacks what was acknowledged");
    check(
        Arrays.equals(committed, 0, must, donorLog, 0, must),
        compute + " has other WAL than was acknowledged");
    log(donorLog, election.history(), compute.toString());
  }

  /// Counted here once more, independent of how the proposer does it.
  private static boolean isQuorum(MembershipConfiguration members, Predicate<NodeId> holds) {
    return isMajority(members.members(), holds)
        && (!members.isJoint() || isMajority(members.newMembers(), holds));
  }

  private static boolean isMajority(
      List<MembershipConfiguration.Member> set, Predicate<NodeId> holds) {
    int count = 0;
    for (MembershipConfiguration.Member member : set) {
      count += holds.test(member.id()) ? 1 : 0;
    }
    return 2 * count > set.size();
  }

  /// LogSafety: what is committed is committed for ever. And a quorum of the members has said in
  /// this generation and in this term to have it.
  void committed(SimCompute compute, Lsn commitLsn) {
    check(compute.isElected(), "a commit without an election");
    Election election = compute.state.election().orElseThrow();
    check(commitLsn.isAtLeast(election.startLsn()), "a commit below the term's start");
    check(compute.isRecordEnd(commitLsn), "a commit within a record: " + commitLsn);
    MembershipConfiguration members = compute.state.membership();
    check(
        isQuorum(
            members,
            node ->
                answered
                    .getOrDefault(new Answerer(node, members.generation(), compute.id), Lsn.INVALID)
                    .isAtLeast(commitLsn)),
        compute + " commits " + commitLsn + " without the answers of a quorum of " + members);
    int from = (int) (compute.verified - SimWorld.START);
    int to = (int) (commitLsn.value() - SimWorld.START);
    int known = Math.min(to, committedBytes);
    check(
        from >= known || Arrays.equals(committed, from, known, compute.log, from, known),
        compute + " commits other WAL than was committed before");
    if (to > committedBytes) {
      if (committed.length < to) {
        committed = Arrays.copyOf(committed, Math.max(to, committed.length * 2));
      }
      System.arraycopy(compute.log, committedBytes, committed, committedBytes, to - committedBytes);
      committedBytes = to;
      runs.add(new Run(commitLsn.value(), compute.state.term()));
      commitCount++;
    }
    compute.verified = commitLsn.value();
  }

  /// A safekeeper's WAL is about to change from an LSN on.
  void walChanges(SimNode node, Lsn commitLsn, long fromLsn) {
    check(
        fromLsn >= commitLsn.value(),
        () ->
            "safekeeper "
                + node.id
                + " changes its WAL at "
                + Lsn.toString(fromLsn)
                + ", below what is committed: "
                + commitLsn);
  }

  /// Nothing of a safekeeper's state goes back, and its log up to the commit LSN is the committed
  /// one.
  void node(SimNode node) {
    AcceptorState state = node.state();
    ControlState control = state.control();
    ControlState before = seen.put(node.id, control);
    if (before != null) {
      check(!control.term().isBefore(before.term()), node.id + " goes back a term");
      check(
          control.membership().generation() >= before.membership().generation(),
          node.id + " goes back a generation");
    }
    configuration(control.membership());
    check(control.membership().contains(node.id), node.id + " is no member and is up");
    check(!state.commitLsn().isAfter(state.flushLsn()), node.id + ": commit above flush");
    check(!state.flushLsn().isAfter(state.writeLsn()), node.id + ": flush above write");
    long commit = state.commitLsn().value();
    check(commit <= committedEnd(), node.id + " knows a commit LSN that nobody has committed");
    if (commit > node.verifiedCommit) {
      committedWal(node, node.verifiedCommit, commit);
      node.verifiedCommit = commit;
    }
  }

  private void committedWal(SimNode node, long from, long to) {
    byte[] there = read(node, from, to);
    int offset = (int) (from - SimWorld.START);
    check(
        Arrays.equals(there, 0, there.length, committed, offset, offset + there.length),
        "committed WAL differs on safekeeper " + node.id);
  }

  private static byte[] read(SimNode node, long from, long to) {
    try {
      return node.read(new Lsn(from), (int) (to - from));
    } catch (IOException e) {
      throw new Violation("safekeeper " + node.id + " cannot read its own WAL: " + e);
    }
  }

  /// The answer tells only what is durable, and a vote is given once.
  void reply(SimNode node, SimCompute compute, AcceptorMessage reply) {
    switch (reply) {
      case AcceptorMessage.Greeting greeting -> {
        check(
            durable(node).membership().equals(greeting.membership()),
            node.id + " greets with a membership that is not on disk");
      }
      case AcceptorMessage.VoteResponse vote -> {
        check(
            node.disk.isDurableBelow(vote.flushLsn().value()),
            node.id + " votes with WAL that is not on disk");
        check(
            durable(node).term().equals(vote.term()),
            node.id + " answers in term " + vote.term() + ", which is not on disk");
        if (vote.granted()) {
          Integer earlier =
              votes.putIfAbsent(new Vote(node.id, vote.generation(), vote.term()), compute.id);
          check(earlier == null, node.id + " votes twice in term " + vote.term());
        }
      }
      case AcceptorMessage.AppendResponse append -> {
        check(
            node.disk.isDurableBelow(append.flushLsn().value()),
            node.id + " answers " + append.flushLsn() + ", which is not on disk");
        if (append.term().equals(compute.state.term())) {
          answered.merge(
              new Answerer(node.id, append.generation(), compute.id), append.flushLsn(), Lsn::max);
        }
      }
    }
  }

  private static ControlState durable(SimNode node) {
    try {
      return ControlFormat.decode(
              ByteBuffer.wrap(node.disk.durableContent(ControlFile.NAME)), "on disk")
          .state();
    } catch (CorruptDataException e) {
      throw new Violation("safekeeper " + node.id + " answers without a control file: " + e);
    }
  }

  /// A node was excluded: when it comes again it is another one.
  void excluded(SimNode node) {
    seen.remove(node.id);
  }

  /// The log a safekeeper votes with, and that it is what the history says.
  byte[] logAtVote(SimNode node, AcceptorMessage.VoteResponse vote) {
    return read(node, SimWorld.START, vote.flushLsn().value());
  }

  /// LogIsMonotonic: whole records up to the end, each of the term that the history names.
  static void log(byte[] log, TermHistory history, String whose) {
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(SimWorld.START, SimWorld.LAYOUT).checkingPrev(false);
    decoder.feed(log);
    try {
      while (decoder.next()) {
        long start = decoder.recordStartLsn();
        Term term = new Term(term(decoder.record()));
        Term named = named(history, start);
        check(
            term.equals(named),
            () ->
                whose
                    + ": the record at "
                    + Lsn.toString(start)
                    + " is of term "
                    + term
                    + ", its history says "
                    + history);
      }
    } catch (CorruptDataException e) {
      throw new Violation(whose + " has WAL that is not valid: " + e.getMessage());
    }
    check(
        decoder.boundaryLsn() == SimWorld.START + log.length,
        whose + " has a log that ends within a record");
  }

  private static Term named(TermHistory history, long lsn) {
    Term term = Term.ZERO;
    for (TermHistory.Entry entry : history.entries()) {
      if (entry.lsn().value() <= lsn) {
        term = entry.term();
      }
    }
    return term;
  }

  /// The term a compute has written into its record: the first of its main data.
  private static long term(WalRecord record) {
    int header = record.length() - WalRecord.HEADER_SIZE > 255 + 2 ? 5 : 2;
    return ByteBuffer.wrap(record.bytes())
        .order(ByteOrder.BIG_ENDIAN)
        .getLong(record.offset() + WalRecord.HEADER_SIZE + header);
  }

  /// At the end: every acknowledged byte is there and readable, on each of `nodes`.
  void everything(List<SimNode> nodes) {
    for (SimNode node : nodes) {
      AcceptorState state = node.state();
      check(
          state.commitLsn().value() == committedEnd(),
          node.id + " ends with commit LSN " + state.commitLsn());
      committedWal(node, SimWorld.START, committedEnd());
      log(
          read(node, SimWorld.START, state.flushLsn().value()),
          state.control().history(),
          "safekeeper " + node.id);
    }
    world.note(() -> "committed " + committedBytes + " bytes in " + commitCount + " commits");
  }
}
