package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;
import static dev.argon.quorum.model.ModelViolation.check;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.Election;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerSettings;
import dev.argon.quorum.ProposerState;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import java.util.List;
import java.util.Optional;

/// What a proposer does. Its state is what it was told: so each question makes a real
/// [ProposerState], tells it that, and looks at what it does next.
final class ModelProposer {

  private static final ProposerSettings SETTINGS =
      new ProposerSettings(
          ModelAcceptor.TENANT,
          ModelAcceptor.TIMELINE,
          ModelAcceptor.SERVER,
          ModelAcceptor.MEMBERSHIP.members().stream()
              .map(MembershipConfiguration.Member::address)
              .toList(),
          ModelAcceptor.GENERATION);

  private final ModelRules rules;

  ModelProposer(ModelRules rules) {
    this.rules = rules;
  }

  /// An acceptor's answer to a vote request, and its log of that moment.
  record Vote(AcceptorMessage.VoteResponse response, ModelLog log) {}

  /// A leader's history, which ends with its own term, and its log. That is written to the end at
  /// once: nobody sees an entry before it is sent.
  record Leader(TermHistory history, ModelLog log) {

    Leader upTo(int entries) {
      ModelLog full = log;
      while (full.size() < entries) {
        full = full.with(term());
      }
      return new Leader(history, full);
    }

    Term term() {
      return history.lastTerm();
    }

    int start() {
      return ModelLog.count(history.entries().getLast().lsn());
    }
  }

  /// Counts one more answer.
  ///
  /// @param earlier the votes it has, by acceptor
  /// @param acceptor whose answer it is
  /// @return the leader it makes, if it does
  Optional<Leader> count(Term term, List<Optional<Vote>> earlier, int acceptor, Vote answer) {
    ProposerState proposer = campaigning(term);
    for (int i = 0; i < ACCEPTORS; i++) {
      int voter = i;
      earlier.get(i).ifPresent(vote -> rules.received(proposer, voter, vote.response()));
    }
    check(proposer.phase() == ProposerState.Phase.CAMPAIGN, "won without the last vote");
    List<ProposerOutput> outputs = rules.received(proposer, acceptor, answer.response());
    for (ProposerOutput output : outputs) {
      if (output instanceof ProposerOutput.Won(Election election)) {
        Vote donor =
            election.donor() == acceptor ? answer : earlier.get(election.donor()).orElseThrow();
        return Optional.of(leader(election, donor));
      }
    }
    return Optional.empty();
  }

  private static Leader leader(Election election, Vote donor) {
    int start = ModelLog.count(election.startLsn());
    check(election.history().lastTerm().equals(election.term()), "a history without its own term");
    check(start <= donor.log().size(), "the donor's log is shorter than " + election);
    return new Leader(election.history(), donor.log().upTo(start));
  }

  private static Optional<Lsn> told(List<ProposerOutput> outputs, int acceptor) {
    for (ProposerOutput output : outputs) {
      if (output instanceof ProposerOutput.Send(int to, ProposerMessage.Elected elected)
          && to == acceptor) {
        return Optional.of(elected.startStreamingAt());
      }
    }
    return Optional.empty();
  }

  /// Where the leader tells an acceptor to cut its log, that answers its vote request late.
  Optional<Lsn> tell(Leader leader, AcceptorMessage.VoteResponse late) {
    ProposerState proposer = elected(leader);
    return told(rules.received(proposer, 0, late), 0);
  }

  /// What the leader counts as committed.
  ///
  /// @param flushed what each acceptor has said to have, if it has said anything in this term
  Lsn committed(Leader leader, List<Optional<Lsn>> flushed) {
    ProposerState proposer = elected(leader);
    rules.received(proposer, 0, vote(leader));
    for (int i = 0; i < ACCEPTORS; i++) {
      if (flushed.get(i).isPresent()) {
        rules.received(
            proposer,
            i,
            new AcceptorMessage.AppendResponse(
                ModelAcceptor.GENERATION,
                leader.term(),
                flushed.get(i).get(),
                Lsn.INVALID,
                HotStandbyFeedback.NONE,
                Optional.empty()));
      }
    }
    return proposer.commitLsn();
  }

  /// Asks everybody for votes. Which terms it heard of before is left open: whatever they were, a
  /// proposer may campaign in any term at any time.
  private ProposerState campaigning(Term term) {
    ProposerState proposer = new ProposerState(SETTINGS);
    for (int i = 0; i < ACCEPTORS; i++) {
      proposer.connected(i);
    }
    for (int i = 0; i < ACCEPTORS; i++) {
      rules.received(
          proposer,
          i,
          new AcceptorMessage.Greeting(
              new NodeId(i + 1L), ModelAcceptor.MEMBERSHIP, new Term(term.value() - 1)));
    }
    check(proposer.term().equals(term), "a campaign in term " + proposer.term());
    return proposer;
  }

  /// A proposer that became this leader by the votes of acceptors 1 and 2; who it was by does not
  /// matter any more.
  private ProposerState elected(Leader leader) {
    ProposerState proposer = campaigning(leader.term());
    rules.received(proposer, 1, vote(leader));
    rules.received(proposer, 2, vote(leader));
    check(
        proposer.election().map(Election::history).equals(Optional.of(leader.history())),
        "the same votes make another leader: " + proposer.election());
    return proposer;
  }

  /// The vote that makes a proposer this leader.
  private static AcceptorMessage.VoteResponse vote(Leader leader) {
    List<TermHistory.Entry> entries = leader.history().entries();
    return new AcceptorMessage.VoteResponse(
        ModelAcceptor.GENERATION,
        leader.term(),
        true,
        entries.getLast().lsn(),
        ModelLog.START,
        new TermHistory(entries.subList(0, entries.size() - 1)));
  }
}
