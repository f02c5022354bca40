package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ProposerOutput.AppendReady;
import dev.argon.quorum.ProposerOutput.Committed;
import dev.argon.quorum.ProposerOutput.Disconnect;
import dev.argon.quorum.ProposerOutput.Fenced;
import dev.argon.quorum.ProposerOutput.Send;
import dev.argon.quorum.ProposerOutput.Won;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The proposer's part in the consensus: wins a term, tells every acceptor where its log parts from
/// the leader's, sends each the WAL it lacks and counts what a quorum has made durable.
///
/// It knows positions only; the bytes of the WAL stay with the driver. Driven like this, by one
/// thread at a time:
/// - [#connected], [#received], [#disconnected] as things happen to the connection of an acceptor;
/// - after [Won]: [#localWal] as WAL comes into being, from the election's start LSN on;
/// - [#nextAppend] and [#recovery] tell what to send next to an acceptor; `AppendReady` tells when
///   it is worth asking;
/// - [#heartbeat] once a second, so that acceptors hear of us and answer.
///
/// Each input returns what the driver owes for it. Once it answered [Fenced] it does nothing more.
public final class ProposerState {

  /// COLLECTING: asks who is there; CAMPAIGN: asks for votes; ELECTED: leads; STOPPED: fenced.
  public enum Phase {
    COLLECTING,
    CAMPAIGN,
    ELECTED,
    STOPPED
  }

  private final ProposerSettings settings;
  private final List<AcceptorProgress> acceptors = new ArrayList<>();
  private Phase phase = Phase.COLLECTING;
  private MembershipConfiguration membership = MembershipConfiguration.NONE;

  /// The term campaigned for or won; 0 while collecting.
  private Term term = Term.ZERO;

  private @Nullable Election election;

  /// WAL that the driver can provide; both 0 before the first.
  private Lsn localStartLsn = Lsn.INVALID;

  private Lsn localEndLsn = Lsn.INVALID;
  private Lsn commitLsn = Lsn.INVALID;
  private Lsn truncateLsn = Lsn.INVALID;
  private List<ProposerOutput> outputs = new ArrayList<>();

  public ProposerState(ProposerSettings settings) {
    this.settings = settings;
    for (int i = 0; i < settings.acceptorCount(); i++) {
      acceptors.add(new AcceptorProgress());
    }
  }

  public Phase phase() {
    return phase;
  }

  /// The term campaigned for or won.
  public Term term() {
    return term;
  }

  public Lsn commitLsn() {
    return commitLsn;
  }

  /// What all acceptors have durable.
  public Lsn truncateLsn() {
    return truncateLsn;
  }

  public Optional<Election> election() {
    return Optional.ofNullable(election);
  }

  public MembershipConfiguration membership() {
    return membership;
  }

  /// What an acceptor has said to be durable in this term, 0/0 if nothing.
  public Lsn flushLsn(int acceptor) {
    return acceptors.get(acceptor).flushLsn;
  }

  /// Whether an acceptor takes part now: connected, and told of the election.
  public boolean isActive(int acceptor) {
    return acceptors.get(acceptor).stage == AcceptorProgress.Stage.ACTIVE;
  }

  /// A connection to the acceptor has been made, and its START_WAL_PUSH was accepted.
  public List<ProposerOutput> connected(int acceptor) {
    if (phase != Phase.STOPPED) {
      AcceptorProgress progress = acceptors.get(acceptor);
      progress.lost();
      progress.stage = AcceptorProgress.Stage.GREETING;
      send(
          acceptor,
          new ProposerMessage.Greeting(
              settings.tenant(), settings.timeline(), membership, settings.server()));
    }
    return owed();
  }

  /// The connection to the acceptor is gone.
  public List<ProposerOutput> disconnected(int acceptor) {
    acceptors.get(acceptor).lost();
    if (phase == Phase.CAMPAIGN) {
      countVotes();
    }
    return owed();
  }

  /// The acceptor has said something.
  public List<ProposerOutput> received(int acceptor, AcceptorMessage message) {
    if (phase != Phase.STOPPED) {
      AcceptorProgress progress = acceptors.get(acceptor);
      if (!(message instanceof AcceptorMessage.Greeting) && !progress.isGreeted()) {
        disconnect(acceptor, "an answer before its greeting");
        return owed();
      }
      switch (message) {
        case AcceptorMessage.Greeting greeting -> greeted(acceptor, progress, greeting);
        case AcceptorMessage.VoteResponse response -> voted(acceptor, progress, response);
        case AcceptorMessage.AppendResponse response -> appended(progress, response);
      }
    }
    return owed();
  }

  private void greeted(int acceptor, AcceptorProgress progress, AcceptorMessage.Greeting greeting) {
    if (progress.stage != AcceptorProgress.Stage.GREETING) {
      disconnect(acceptor, "a greeting that was not asked for");
      return;
    }
    if (isNamedTwice(acceptor, greeting.node())) {
      disconnect(acceptor, "node " + greeting.node() + " has another address already");
      return;
    }
    if (!adopt(acceptor, greeting.membership())) {
      return;
    }
    progress.node = greeting.node();
    progress.term = greeting.term();
    progress.stage = AcceptorProgress.Stage.GREETED;
    switch (phase) {
      case COLLECTING -> campaignIfQuorum();
      case CAMPAIGN -> {
        if (greeting.term().isAfter(term)) {
          campaign(); // an older campaign came further than we knew: ours has to be newer
        } else {
          requestVote(acceptor);
        }
      }
      case ELECTED -> {
        if (greeting.term().isAfter(term)) {
          fence(greeting.term(), "safekeeper " + greeting.node() + " is in a higher term");
        } else {
          requestVote(acceptor); // its answer tells where its log parts from ours
        }
      }
      case STOPPED -> {}
    }
  }

  private boolean isNamedTwice(int acceptor, NodeId node) {
    for (int i = 0; i < acceptors.size(); i++) {
      if (i != acceptor && node.equals(acceptors.get(i).node)) {
        return true;
      }
    }
    return false;
  }

  /// @return false if the acceptor cannot take part with its configuration
  private boolean adopt(int acceptor, MembershipConfiguration offered) {
    if (offered.generation() == membership.generation() && membership.generation() > 0) {
      return true;
    }
    if (offered.generation() < Math.max(membership.generation(), settings.generationMin())
        || offered.generation() == 0) {
      disconnect(acceptor, "its membership generation " + offered.generation() + " is too old");
      return false;
    }
    if (phase == Phase.ELECTED) {
      fence(term, "the members have changed: generation " + offered.generation());
      return false;
    }
    membership = offered;
    phase = Phase.COLLECTING;
    term = Term.ZERO;
    for (int i = 0; i < acceptors.size(); i++) {
      AcceptorProgress other = acceptors.get(i);
      other.forgetVote();
      if (i != acceptor && other.isGreeted()) {
        disconnect(i, "its membership generation is too old");
      }
    }
    return true;
  }

  private void campaignIfQuorum() {
    Set<NodeId> present = new HashSet<>();
    for (AcceptorProgress progress : acceptors) {
      if (progress.isGreeted()) {
        present.add(progress.id());
      }
    }
    if (membership.isQuorum(present)) {
      campaign();
    }
  }

  /// Begins to ask for votes, in a term above all we know of.
  private void campaign() {
    for (AcceptorProgress progress : acceptors) {
      term = Term.max(term, progress.term);
      progress.forgetVote();
    }
    term = term.next();
    phase = Phase.CAMPAIGN;
    for (int i = 0; i < acceptors.size(); i++) {
      if (acceptors.get(i).isGreeted()) {
        requestVote(i);
      }
    }
  }

  private void requestVote(int acceptor) {
    acceptors.get(acceptor).stage = AcceptorProgress.Stage.VOTING;
    send(acceptor, new ProposerMessage.VoteRequest(membership.generation(), term));
  }

  private void voted(
      int acceptor, AcceptorProgress progress, AcceptorMessage.VoteResponse response) {
    if (response.term().isAfter(term)) {
      fence(response.term(), "safekeeper " + progress.id() + " has voted in a higher term");
      return;
    }
    if (progress.stage != AcceptorProgress.Stage.VOTING || response.term().isBefore(term)) {
      return; // the answer to a campaign that was given up
    }
    progress.term = response.term();
    progress.vote = response;
    progress.stage = AcceptorProgress.Stage.VOTED;
    if (phase == Phase.ELECTED) {
      tellElection(acceptor);
      return;
    }
    if (response.granted()) {
      progress.granted = true;
    } else if (!progress.granted) {
      progress.refused = true;
    }
    countVotes();
  }

  private void countVotes() {
    Set<NodeId> granted = new HashSet<>();
    Set<NodeId> present = new HashSet<>();
    boolean refused = false;
    boolean pending = false;
    for (AcceptorProgress progress : acceptors) {
      if (progress.granted) {
        granted.add(progress.id());
      }
      if (progress.isGreeted()) {
        present.add(progress.id());
        pending |= progress.stage != AcceptorProgress.Stage.VOTED;
        refused |= progress.refused;
      }
    }
    if (membership.isQuorum(granted)) {
      win();
    } else if (refused && !pending && membership.isQuorum(present)) {
      // Votes of this term went to somebody else, or to ourselves in an answer that was lost. Those
      // who are here are enough for a new term; who is away may stay away for long.
      campaign();
    }
  }

  private void win() {
    int donor = -1;
    @Nullable Position best = null;
    for (int i = 0; i < acceptors.size(); i++) {
      AcceptorProgress progress = acceptors.get(i);
      AcceptorMessage.@Nullable VoteResponse vote = progress.vote;
      if (!progress.granted || vote == null) {
        continue;
      }
      Position position = new Position(vote.history().lastTerm(), vote.flushLsn());
      if (best == null || position.compareTo(best) > 0) {
        best = position;
        donor = i;
      }
      truncateLsn = Lsn.max(truncateLsn, vote.truncateLsn());
    }
    AcceptorMessage.@Nullable VoteResponse donorVote = acceptors.get(donor).vote;
    if (donorVote == null || best == null) {
      throw new IllegalStateException("a quorum of votes without a donor");
    }
    election =
        new Election(
            term,
            best.flushLsn(),
            best.lastLogTerm(),
            donor,
            truncateLsn,
            donorVote.history().with(term, best.flushLsn()));
    phase = Phase.ELECTED;
    outputs.add(new Won(election));
    for (int i = 0; i < acceptors.size(); i++) {
      if (acceptors.get(i).stage == AcceptorProgress.Stage.VOTED) {
        tellElection(i);
      }
    }
  }

  private record Position(Term lastLogTerm, Lsn flushLsn) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byTerm = lastLogTerm.compareTo(other.lastLogTerm);
      return byTerm != 0 ? byTerm : flushLsn.compareTo(other.flushLsn);
    }
  }

  private Election won() {
    Election current = election;
    if (current == null) {
      throw new IllegalStateException("not elected");
    }
    return current;
  }

  private void tellElection(int acceptor) {
    AcceptorProgress progress = acceptors.get(acceptor);
    AcceptorMessage.VoteResponse vote = progress.vote();
    Lsn start;
    try {
      start = won().history().highestCommonPoint(vote.history(), vote.flushLsn());
    } catch (IllegalStateException e) {
      disconnect(acceptor, "its history contradicts ours: " + e.getMessage());
      return;
    }
    send(
        acceptor,
        new ProposerMessage.Elected(membership.generation(), term, start, won().history()));
    progress.stage = AcceptorProgress.Stage.ACTIVE;
    progress.sentLsn = start;
    progress.heartbeatDue = true;
    outputs.add(new AppendReady(acceptor));
  }

  private void appended(AcceptorProgress progress, AcceptorMessage.AppendResponse response) {
    if (response.term().isAfter(term)) {
      fence(response.term(), "safekeeper " + progress.id() + " follows a newer proposer");
      return;
    }
    if (progress.stage != AcceptorProgress.Stage.ACTIVE || !response.term().equals(term)) {
      return;
    }
    progress.flushLsn = Lsn.max(progress.flushLsn, response.flushLsn());
    countCommit();
  }

  /// An acceptor counts from the moment it has this term's start: only then is its log the leader's
  /// and cannot be replaced by one that was written in a lower term (Raft's figure 8).
  private void countCommit() {
    Map<NodeId, Lsn> counted = new HashMap<>();
    Map<NodeId, Lsn> all = new HashMap<>();
    for (AcceptorProgress progress : acceptors) {
      NodeId node = progress.node;
      if (node == null) {
        continue;
      }
      all.put(node, progress.flushLsn);
      if (progress.flushLsn.isAtLeast(won().startLsn())) {
        counted.put(node, progress.flushLsn);
      }
    }
    Lsn reached = membership.reachedByQuorum(counted);
    if (reached.isAfter(commitLsn)) {
      commitLsn = reached;
      outputs.add(new Committed(commitLsn));
      readyAll();
    }
    Lsn everywhere = commitLsn;
    for (MembershipConfiguration.Member member : membership.members()) {
      everywhere = Lsn.min(everywhere, all.getOrDefault(member.id(), Lsn.INVALID));
    }
    for (MembershipConfiguration.Member member : membership.newMembers()) {
      everywhere = Lsn.min(everywhere, all.getOrDefault(member.id(), Lsn.INVALID));
    }
    truncateLsn = Lsn.max(truncateLsn, everywhere);
  }

  /// The driver has WAL from `startLsn` to `endLsn`. The start may move up as old WAL is given up,
  /// the end moves up as new WAL is written.
  ///
  /// @throws IllegalArgumentException if the WAL would begin below this term's start, where other
  ///   proposers wrote, or the end goes back
  public List<ProposerOutput> localWal(Lsn startLsn, Lsn endLsn) {
    if (phase == Phase.STOPPED) {
      return owed();
    }
    if (startLsn.isBefore(won().startLsn())
        || startLsn.isBefore(localStartLsn)
        || endLsn.isBefore(localEndLsn)
        || endLsn.isBefore(startLsn)) {
      throw new IllegalArgumentException(
          "local WAL from " + startLsn + " to " + endLsn + " in term " + won());
    }
    localStartLsn = startLsn;
    localEndLsn = endLsn;
    readyAll();
    return owed();
  }

  /// Time to show every acceptor that we are alive.
  public List<ProposerOutput> heartbeat() {
    for (AcceptorProgress progress : acceptors) {
      progress.heartbeatDue = true;
    }
    readyAll();
    return owed();
  }

  /// The next append for an acceptor, if there is anything to tell it: WAL that the driver has, a
  /// new commit LSN, or a sign of life. The driver sends it, followed by its bytes. Ask again until
  /// empty.
  ///
  /// @param bytesMax the most WAL in one message
  public Optional<ProposerMessage.Append> nextAppend(int acceptor, int bytesMax) {
    AcceptorProgress progress = acceptors.get(acceptor);
    if (phase != Phase.ELECTED || progress.stage != AcceptorProgress.Stage.ACTIVE) {
      return Optional.empty();
    }
    boolean hasWal =
        localStartLsn.isValid()
            && progress.sentLsn.isAtLeast(localStartLsn)
            && progress.sentLsn.isBefore(localEndLsn);
    if (!hasWal && !progress.heartbeatDue && !progress.sentCommitLsn.isBefore(commitLsn)) {
      return Optional.empty();
    }
    Lsn end =
        hasWal
            ? Lsn.min(
                localEndLsn,
                progress.sentLsn.plus(Math.min(bytesMax, ProposerMessage.Append.BYTES_MAX)))
            : progress.sentLsn;
    return Optional.of(append(progress, end));
  }

  private ProposerMessage.Append append(AcceptorProgress progress, Lsn endLsn) {
    ProposerMessage.Append append =
        new ProposerMessage.Append(
            membership.generation(), term, progress.sentLsn, endLsn, commitLsn, truncateLsn);
    progress.sentLsn = endLsn;
    progress.sentCommitLsn = commitLsn;
    progress.heartbeatDue = false;
    return append;
  }

  /// What an acceptor lacks and has to get from another one. Empty if it lacks nothing below the
  /// driver's own WAL, or nobody who has it is connected (ask again later).
  public Optional<Recovery> recovery(int acceptor) {
    AcceptorProgress progress = acceptors.get(acceptor);
    if (phase != Phase.ELECTED || progress.stage != AcceptorProgress.Stage.ACTIVE) {
      return Optional.empty();
    }
    Lsn to = localStartLsn.isValid() ? localStartLsn : won().startLsn();
    if (progress.sentLsn.isAtLeast(to)) {
      return Optional.empty();
    }
    int donor = -1;
    for (int i = 0; i < acceptors.size(); i++) {
      AcceptorProgress other = acceptors.get(i);
      boolean has =
          i != acceptor
              && other.stage == AcceptorProgress.Stage.ACTIVE
              && endOfLog(i).isAfter(progress.sentLsn);
      if (has && (donor < 0 || endOfLog(i).isAfter(endOfLog(donor)))) {
        donor = i;
      }
    }
    return donor < 0
        ? Optional.empty()
        : Optional.of(
            new Recovery(acceptor, donor, progress.sentLsn, Lsn.min(to, endOfLog(donor)), term));
  }

  /// What an acceptor surely has of the leader's log.
  private Lsn endOfLog(int acceptor) {
    AcceptorProgress progress = acceptors.get(acceptor);
    return acceptor == won().donor()
        ? Lsn.max(progress.flushLsn, won().startLsn())
        : progress.flushLsn;
  }

  /// The append for WAL that was read from a donor. Its bytes follow it. Empty if the acceptor does
  /// not wait for WAL at `beginLsn` any more (the connection was lost meanwhile).
  public Optional<ProposerMessage.Append> recoveredAppend(int acceptor, Lsn beginLsn, Lsn endLsn) {
    AcceptorProgress progress = acceptors.get(acceptor);
    if (phase != Phase.ELECTED
        || progress.stage != AcceptorProgress.Stage.ACTIVE
        || !progress.sentLsn.equals(beginLsn)) {
      return Optional.empty();
    }
    return Optional.of(append(progress, endLsn));
  }

  private void readyAll() {
    for (int i = 0; i < acceptors.size(); i++) {
      if (acceptors.get(i).stage == AcceptorProgress.Stage.ACTIVE) {
        outputs.add(new AppendReady(i));
      }
    }
  }

  private void send(int acceptor, ProposerMessage message) {
    outputs.add(new Send(acceptor, message));
  }

  private void disconnect(int acceptor, String reason) {
    acceptors.get(acceptor).lost();
    outputs.add(new Disconnect(acceptor, reason));
  }

  private void fence(Term higher, String reason) {
    phase = Phase.STOPPED;
    outputs.add(new Fenced(higher, reason));
  }

  private List<ProposerOutput> owed() {
    List<ProposerOutput> result = outputs;
    outputs = new ArrayList<>();
    return result;
  }
}
