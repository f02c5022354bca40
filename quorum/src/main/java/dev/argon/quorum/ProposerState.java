package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ProposerOutput.AppendReady;
import dev.argon.quorum.ProposerOutput.Committed;
import dev.argon.quorum.ProposerOutput.Disconnect;
import dev.argon.quorum.ProposerOutput.Fenced;
import dev.argon.quorum.ProposerOutput.Joined;
import dev.argon.quorum.ProposerOutput.Left;
import dev.argon.quorum.ProposerOutput.Send;
import dev.argon.quorum.ProposerOutput.Stranded;
import dev.argon.quorum.ProposerOutput.Won;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
/// - [#heartbeat] once a second, so that acceptors hear of us and answer;
/// - [#membership] when the control plane tells of other members; acceptors that were told tell in
///   their greetings, too.
///
/// A new membership does not end the leadership. From then on votes and positions count only if
/// they were given in the new generation, by a quorum of its members; `docs/quorum.md` has the
/// reasons why that is safe.
///
/// Each input returns what the driver owes for it. Once it answered [Fenced] or [Stranded] it does
/// nothing more.
public final class ProposerState {

  /// COLLECTING: asks who is there; CAMPAIGN: asks for votes; ELECTED: leads; STOPPED: fenced or
  /// stranded.
  public enum Phase {
    COLLECTING,
    CAMPAIGN,
    ELECTED,
    STOPPED
  }

  /// So many heartbeats may a quorum lack the WAL below this term's start while nobody who has it
  /// is there: a safekeeper starts faster, if it can.
  static final int STRANDED_HEARTBEATS = 10;

  private final ProposerSettings settings;
  private final AcceptorRoll acceptors;
  private Phase phase = Phase.COLLECTING;
  private MembershipConfiguration membership = MembershipConfiguration.NONE;

  /// The term campaigned for or won; 0 before the first campaign.
  private Term term = Term.ZERO;

  private @Nullable Election election;
  private int strandedHeartbeats;

  /// WAL that the driver can provide; both 0 before the first.
  private Lsn localStartLsn = Lsn.INVALID;

  private Lsn localEndLsn = Lsn.INVALID;
  private Lsn commitLsn = Lsn.INVALID;
  private Lsn truncateLsn = Lsn.INVALID;
  private List<ProposerOutput> outputs = new ArrayList<>();

  public ProposerState(ProposerSettings settings) {
    this.settings = settings;
    acceptors = new AcceptorRoll(settings.safekeepers());
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

  /// What an acceptor has said to be durable in this term and generation, 0/0 if nothing.
  public Lsn flushLsn(int acceptor) {
    return acceptors.of(acceptor).flushLsn;
  }

  /// Whether an acceptor takes part now: connected, and told of the election.
  public boolean isActive(int acceptor) {
    return acceptors.of(acceptor).isActive();
  }

  /// A connection to the acceptor has been made, and its START_WAL_PUSH was accepted.
  public List<ProposerOutput> connected(int acceptor) {
    AcceptorProgress progress = acceptors.of(acceptor);
    if (phase != Phase.STOPPED && progress.stage != AcceptorProgress.Stage.GONE) {
      progress.lost();
      greet(progress);
    }
    return owed();
  }

  private void greet(AcceptorProgress progress) {
    progress.stage = AcceptorProgress.Stage.GREETING;
    progress.greetedGeneration = membership.generation();
    send(
        progress,
        new ProposerMessage.Greeting(
            settings.tenant(), settings.timeline(), membership, settings.server()));
  }

  /// The connection to the acceptor is gone.
  public List<ProposerOutput> disconnected(int acceptor) {
    AcceptorProgress progress = acceptors.of(acceptor);
    if (progress.stage != AcceptorProgress.Stage.GONE) {
      progress.lost();
      if (phase == Phase.CAMPAIGN) {
        countVotes();
      }
    }
    return owed();
  }

  /// The control plane has told who keeps the timeline. What is no news changes nothing.
  public List<ProposerOutput> membership(MembershipConfiguration told) {
    if (phase != Phase.STOPPED && isNews(told)) {
      adopt(told);
    }
    return owed();
  }

  /// The acceptor has said something.
  public List<ProposerOutput> received(int acceptor, AcceptorMessage message) {
    AcceptorProgress progress = acceptors.of(acceptor);
    if (phase != Phase.STOPPED && progress.stage != AcceptorProgress.Stage.GONE) {
      if (!(message instanceof AcceptorMessage.Greeting)
          && !progress.isGreeted()
          && !progress.hasGreeted) {
        disconnect(progress, "an answer before its greeting");
        return owed();
      }
      switch (message) {
        case AcceptorMessage.Greeting greeting -> greeted(progress, greeting);
        case AcceptorMessage.VoteResponse response -> voted(progress, response);
        case AcceptorMessage.AppendResponse response -> appended(progress, response);
      }
    }
    return owed();
  }

  private void greeted(AcceptorProgress progress, AcceptorMessage.Greeting greeting) {
    if (progress.stage != AcceptorProgress.Stage.GREETING) {
      disconnect(progress, "a greeting that was not asked for");
      return;
    }
    if (!identify(progress, greeting.node()) || !agree(progress, greeting.membership())) {
      return;
    }
    progress.hasGreeted = true;
    progress.term = greeting.term();
    progress.stage = AcceptorProgress.Stage.GREETED;
    switch (phase) {
      case COLLECTING -> campaignIfQuorum();
      case CAMPAIGN -> {
        if (greeting.term().isAfter(term)) {
          campaign(); // an older campaign came further than we knew: ours has to be newer
        } else {
          requestVote(progress);
        }
      }
      case ELECTED -> {
        if (greeting.term().isAfter(term)) {
          fence(greeting.term(), "safekeeper " + greeting.node() + " is in a higher term");
        } else {
          requestVote(progress); // its answer tells where its log parts from ours
        }
      }
      case STOPPED -> {}
    }
  }

  /// Notes which node an acceptor is.
  ///
  /// @return false if it cannot be that one
  private boolean identify(AcceptorProgress progress, NodeId node) {
    if (progress.node != null) {
      if (!node.equals(progress.node)) {
        disconnect(progress, "it is safekeeper " + node + " instead of " + progress.node);
      }
      return node.equals(progress.node);
    }
    Optional<AcceptorProgress> other = acceptors.named(node);
    if (other.isPresent()) {
      // One node at two addresses: the one that answers is used.
      if (other.get().isConnected()) {
        leave(progress, "it is known by the address " + other.get().address);
        return false;
      }
      leave(other.get(), "it is known by the address " + progress.address);
    }
    progress.node = node;
    return true;
  }

  /// Comes to one configuration with an acceptor that answered a greeting.
  ///
  /// @return false if they have none in common (yet)
  private boolean agree(AcceptorProgress progress, MembershipConfiguration offered) {
    if (isNews(offered)) {
      adopt(offered);
    }
    if (progress.stage == AcceptorProgress.Stage.GONE) {
      return false;
    }
    if (offered.isSameAs(membership) && offered.generation() > 0) {
      if (!membership.contains(progress.id())) {
        leave(progress, "it is no member in generation " + membership.generation());
        return false;
      }
      return true;
    }
    if (offered.generation() == membership.generation() && offered.generation() > 0) {
      disconnect(progress, "it knows another membership of generation " + offered.generation());
    } else if (progress.greetedGeneration < membership.generation()) {
      greet(progress); // it was greeted before we knew better: now it can take over what we know
    } else {
      disconnect(progress, "its membership generation " + offered.generation() + " is too old");
    }
    return false;
  }

  private boolean isNews(MembershipConfiguration other) {
    return other.generation() > membership.generation()
        && other.generation() >= settings.generationMin();
  }

  /// Goes on with other members. A campaign begins anew; a leader leads on.
  private void adopt(MembershipConfiguration newer) {
    membership = newer;
    if (phase == Phase.CAMPAIGN) {
      phase = Phase.COLLECTING;
    }
    for (AcceptorProgress progress : acceptors.present()) {
      boolean wasGreeted = progress.isGreeted();
      progress.forgetGeneration();
      if (progress.node != null && !newer.contains(progress.node)) {
        leave(progress, "it is no member in generation " + newer.generation());
      } else if (wasGreeted) {
        greet(progress);
      }
    }
    for (MembershipConfiguration.Member member : newer.all()) {
      if (acceptors.named(member.id()).isEmpty()) {
        Optional<AcceptorProgress> known = acceptors.unnamedAt(member.address());
        if (known.isPresent()) {
          known.get().node = member.id();
        } else {
          AcceptorProgress joined = acceptors.add(member.address());
          joined.node = member.id();
          outputs.add(new Joined(joined.number, joined.address));
        }
      }
    }
  }

  private void campaignIfQuorum() {
    if (membership.isQuorum(acceptors.nodes(AcceptorProgress::isGreeted))) {
      campaign();
    }
  }

  /// Begins to ask for votes, in a term above all we know of.
  private void campaign() {
    for (AcceptorProgress progress : acceptors.present()) {
      term = Term.max(term, progress.term);
      progress.forgetVote();
    }
    term = term.next();
    phase = Phase.CAMPAIGN;
    for (AcceptorProgress progress : acceptors.present()) {
      if (progress.isGreeted()) {
        requestVote(progress);
      }
    }
  }

  private void requestVote(AcceptorProgress progress) {
    progress.stage = AcceptorProgress.Stage.VOTING;
    send(progress, new ProposerMessage.VoteRequest(membership.generation(), term));
  }

  private void voted(AcceptorProgress progress, AcceptorMessage.VoteResponse response) {
    if (response.term().isAfter(term)) {
      fence(response.term(), "safekeeper " + progress.id() + " has voted in a higher term");
      return;
    }
    if (progress.stage != AcceptorProgress.Stage.VOTING
        || response.generation() != membership.generation()
        || response.term().isBefore(term)) {
      return; // the answer to a campaign that was given up
    }
    progress.term = response.term();
    progress.vote = response;
    progress.stage = AcceptorProgress.Stage.VOTED;
    if (phase == Phase.ELECTED) {
      tellElection(progress);
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
    boolean refused = false;
    boolean pending = false;
    for (AcceptorProgress progress : acceptors.present()) {
      if (progress.isGreeted()) {
        pending |= progress.stage != AcceptorProgress.Stage.VOTED;
        refused |= progress.refused;
      }
    }
    if (membership.isQuorum(acceptors.nodes(progress -> progress.granted))) {
      win();
    } else if (refused
        && !pending
        && membership.isQuorum(acceptors.nodes(AcceptorProgress::isGreeted))) {
      // Votes of this term went to somebody else, or to ourselves in an answer that was lost. Those
      // who are here are enough for a new term; who is away may stay away for long.
      campaign();
    }
  }

  private void win() {
    AcceptorProgress donor = acceptors.bestVoter();
    AcceptorMessage.VoteResponse best = donor.vote();
    for (AcceptorProgress progress : acceptors.present()) {
      if (progress.granted) {
        truncateLsn = Lsn.max(truncateLsn, progress.vote().truncateLsn());
      }
    }
    election =
        new Election(
            term,
            best.flushLsn(),
            best.history().lastTerm(),
            donor.number,
            truncateLsn,
            best.history().with(term, best.flushLsn()));
    phase = Phase.ELECTED;
    outputs.add(new Won(election));
    for (AcceptorProgress progress : acceptors.present()) {
      if (progress.stage == AcceptorProgress.Stage.VOTED) {
        tellElection(progress);
      }
    }
  }

  private Election won() {
    Election current = election;
    if (current == null) {
      throw new IllegalStateException("not elected");
    }
    return current;
  }

  private void tellElection(AcceptorProgress progress) {
    AcceptorMessage.VoteResponse vote = progress.vote();
    Lsn start;
    try {
      start = won().history().highestCommonPoint(vote.history(), vote.flushLsn());
    } catch (IllegalStateException e) {
      disconnect(progress, "its history contradicts ours: " + e.getMessage());
      return;
    }
    send(
        progress,
        new ProposerMessage.Elected(membership.generation(), term, start, won().history()));
    progress.stage = AcceptorProgress.Stage.ACTIVE;
    progress.commonLsn = start;
    progress.sentLsn = start;
    progress.heartbeatDue = true;
    outputs.add(new AppendReady(progress.number));
  }

  private void appended(AcceptorProgress progress, AcceptorMessage.AppendResponse response) {
    if (response.term().isAfter(term)) {
      fence(response.term(), "safekeeper " + progress.id() + " follows a newer proposer");
      return;
    }
    if (!progress.isActive() || !response.term().equals(term)) {
      return;
    }
    if (response.generation() != membership.generation()) {
      if (response.generation() > membership.generation()) {
        greet(progress); // it was told of other members: its greeting tells us
      }
      return;
    }
    progress.flushLsn = Lsn.max(progress.flushLsn, response.flushLsn());
    countCommit();
  }

  /// An acceptor counts from the moment it has this term's start: only then is its log the leader's
  /// and cannot be replaced by one that was written in a lower term (Raft's figure 8).
  private void countCommit() {
    Lsn startLsn = won().startLsn();
    Lsn reached =
        membership.reachedByQuorum(node -> {
          Lsn flushLsn = acceptors.flushLsn(node);
          return flushLsn.isAtLeast(startLsn) ? flushLsn : Lsn.INVALID;
        });
    if (reached.isAfter(commitLsn)) {
      commitLsn = reached;
      outputs.add(new Committed(commitLsn));
      readyAll();
    }
    Lsn everywhere = Lsn.min(commitLsn, membership.reachedByAll(acceptors::flushLsn));
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

  /// Time to show every acceptor that we are alive. Also the measure of how long to wait for the
  /// donor.
  public List<ProposerOutput> heartbeat() {
    strandedHeartbeats = isStranded() ? strandedHeartbeats + 1 : 0;
    if (strandedHeartbeats > STRANDED_HEARTBEATS) {
      strand();
      return owed();
    }
    for (AcceptorProgress progress : acceptors.present()) {
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
    AcceptorProgress progress = acceptors.of(acceptor);
    if (phase != Phase.ELECTED || !progress.isActive()) {
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
    AcceptorProgress progress = acceptors.of(acceptor);
    if (phase != Phase.ELECTED || !progress.isActive()) {
      return Optional.empty();
    }
    Lsn to = localStartLsn.isValid() ? localStartLsn : won().startLsn();
    if (progress.sentLsn.isAtLeast(to)) {
      return Optional.empty();
    }
    Lsn from = progress.sentLsn;
    return acceptors
        .furthestBut(acceptor)
        .filter(donor -> donor.endOfLog().isAfter(from))
        .map(donor ->
            new Recovery(acceptor, donor.number, from, Lsn.min(to, donor.endOfLog()), term));
  }

  /// The append for WAL that was read from a donor. Its bytes follow it. Empty if the acceptor does
  /// not wait for WAL at `beginLsn` any more (the connection was lost meanwhile).
  public Optional<ProposerMessage.Append> recoveredAppend(int acceptor, Lsn beginLsn, Lsn endLsn) {
    AcceptorProgress progress = acceptors.of(acceptor);
    if (phase != Phase.ELECTED || !progress.isActive() || !progress.sentLsn.equals(beginLsn)) {
      return Optional.empty();
    }
    return Optional.of(append(progress, endLsn));
  }

  /// The end of the donor's log, which nobody else had, may be gone with the donor: its disk is
  /// lost, or it is no member any more. A quorum of others commits nothing then, but can elect a
  /// leader that starts lower.
  private boolean isStranded() {
    return phase == Phase.ELECTED
        && commitLsn.isBefore(won().startLsn())
        && acceptors.activeEndBelow(won().startLsn())
        && membership.isQuorum(acceptors.nodes(AcceptorProgress::isActive));
  }

  private void strand() {
    phase = Phase.STOPPED;
    outputs.add(new Stranded("no safekeeper at hand has the WAL below " + won().startLsn()));
  }

  private void readyAll() {
    for (AcceptorProgress progress : acceptors.present()) {
      if (progress.isActive()) {
        outputs.add(new AppendReady(progress.number));
      }
    }
  }

  private void send(AcceptorProgress progress, ProposerMessage message) {
    outputs.add(new Send(progress.number, message));
  }

  private void disconnect(AcceptorProgress progress, String reason) {
    progress.lost();
    outputs.add(new Disconnect(progress.number, reason));
  }

  private void leave(AcceptorProgress progress, String reason) {
    acceptors.remove(progress);
    outputs.add(new Left(progress.number, reason));
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
