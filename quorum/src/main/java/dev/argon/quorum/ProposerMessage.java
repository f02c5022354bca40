package dev.argon.quorum;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;

/// What a proposer says to an acceptor. In one connection: a greeting, a vote request (again for
/// each campaign), once elected the election, then appends.
public sealed interface ProposerMessage {

  /// Who speaks, and about which timeline.
  ///
  /// @param membership the newest configuration the proposer knows, or
  ///   [MembershipConfiguration#NONE]
  record Greeting(
      TenantId tenant,
      TimelineId timeline,
      MembershipConfiguration membership,
      ServerIdentity server)
      implements ProposerMessage {}

  /// Asks for a vote.
  record VoteRequest(int generation, Term term) implements ProposerMessage {}

  /// Tells that the proposer has won the term.
  ///
  /// @param startStreamingAt where the acceptor's log and the leader's part; its appends begin here
  /// @param history the leader's, ending with its own term
  record Elected(int generation, Term term, Lsn startStreamingAt, TermHistory history)
      implements ProposerMessage {}

  /// WAL from `beginLsn` to `endLsn`; the bytes follow the message. With `beginLsn = endLsn` it is
  /// a sign of life that carries the commit LSN.
  ///
  /// @param commitLsn what is committed as far as the proposer knows
  /// @param truncateLsn what all acceptors have
  record Append(int generation, Term term, Lsn beginLsn, Lsn endLsn, Lsn commitLsn, Lsn truncateLsn)
      implements ProposerMessage {

    /// The most WAL that one message carries.
    public static final int BYTES_MAX = 128 << 10;

    public int sizeBytes() {
      return (int) endLsn.bytesAfter(beginLsn);
    }
  }
}
