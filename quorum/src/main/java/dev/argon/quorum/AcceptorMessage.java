package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import java.util.Optional;

/// What an acceptor answers to a proposer.
public sealed interface AcceptorMessage {

  /// Answer to a greeting.
  record Greeting(NodeId node, MembershipConfiguration membership, Term term)
      implements AcceptorMessage {}

  /// Answer to a vote request.
  ///
  /// @param term the acceptor's, after the request
  /// @param granted whether it voted just now; it votes once per term
  /// @param flushLsn the end of its log
  /// @param truncateLsn what all acceptors have, as far as it knows
  /// @param history of its log up to `flushLsn`
  record VoteResponse(
      int generation,
      Term term,
      boolean granted,
      Lsn flushLsn,
      Lsn truncateLsn,
      TermHistory history)
      implements AcceptorMessage {}

  /// Answer to one or more appends. If `term` is higher than the append's it is a refusal and the
  /// LSNs are 0.
  ///
  /// @param flushLsn the end of the last whole record on disk
  /// @param commitLsn what is committed and on disk here
  /// @param pageserver the newest feedback of a pageserver, if there is any
  record AppendResponse(
      int generation,
      Term term,
      Lsn flushLsn,
      Lsn commitLsn,
      HotStandbyFeedback hotStandby,
      Optional<PageserverFeedback> pageserver)
      implements AcceptorMessage {

    /// The same with what readers have reported.
    public AppendResponse with(
        HotStandbyFeedback newHotStandby, Optional<PageserverFeedback> newPageserver) {
      return new AppendResponse(
          generation, term, flushLsn, commitLsn, newHotStandby, newPageserver);
    }
  }
}
