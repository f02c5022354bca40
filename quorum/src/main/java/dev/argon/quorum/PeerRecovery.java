package dev.argon.quorum;

import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a safekeeper that lags is brought up by another one while no proposer is there to do it.
///
/// It says to itself what the donor's leader would say: the vote request if it has not promised
/// that term yet, the election with the donor's history, then appends with the WAL it reads from
/// the donor (`START_REPLICATION PHYSICAL fromLsn (term='N')`, which ends when the donor's term
/// changes). Nobody hears the answers. That is safe because the donor's log was written last in the
/// donor's own term: it is the log of that term's leader, and to append that leader's log in its
/// term is what the leader would do.
///
/// The driver lets no proposer push meanwhile, carries the newer of both configurations over first
/// ([AcceptorState#changeMembership]), and gives up when a message is refused.
///
/// @param hello what the acceptor says to itself before the WAL, in this order
/// @param fromLsn where the WAL that is to be read begins
/// @param toLsn the end of the donor's log
/// @param term for the appends
public record PeerRecovery(List<ProposerMessage> hello, Lsn fromLsn, Lsn toLsn, Term term) {

  /// Where another safekeeper is.
  ///
  /// @param generation of its membership
  /// @param history of its log up to `flushLsn`
  public record Donor(int generation, Term term, TermHistory history, Lsn flushLsn) {}

  /// What is to be done; empty if there is nothing to get from the donor, or not from it.
  public static Optional<PeerRecovery> plan(AcceptorState acceptor, Donor donor) {
    Term donorLogTerm = donor.history().lastTerm();
    boolean leads = donorLogTerm.equals(donor.term()) && donorLogTerm.isAfter(Term.ZERO);
    int byTerm = donorLogTerm.compareTo(acceptor.lastLogTerm());
    boolean ahead = byTerm > 0 || (byTerm == 0 && donor.flushLsn().isAfter(acceptor.flushLsn()));
    if (!leads
        || !ahead
        || donor.term().isBefore(acceptor.term())
        || donor.generation() != acceptor.control().membership().generation()) {
      return Optional.empty();
    }
    List<ProposerMessage> hello = new ArrayList<>();
    if (acceptor.term().isBefore(donor.term())) {
      hello.add(new ProposerMessage.VoteRequest(donor.generation(), donor.term()));
    }
    Lsn from;
    try {
      Lsn durable = acceptor.recordEndLsn(); // the vote makes all whole records durable
      from = donor.history().highestCommonPoint(acceptor.control().history(), durable);
    } catch (IllegalStateException e) {
      return Optional.empty(); // of another timeline, or broken: nothing to build upon
    }
    hello.add(new ProposerMessage.Elected(donor.generation(), donor.term(), from, donor.history()));
    return Optional.of(new PeerRecovery(List.copyOf(hello), from, donor.flushLsn(), donor.term()));
  }
}
