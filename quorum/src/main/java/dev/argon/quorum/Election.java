package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// A won election.
///
/// @param term the term that was won
/// @param startLsn where this term's own WAL begins: the end of the donor's log, a record end
/// @param lastLogTerm the term that wrote the end of the donor's log; 0 if nobody wrote to the
///   timeline yet
/// @param donor number of the acceptor that has the whole log up to `startLsn`
/// @param truncateLsn what all acceptors have
/// @param history the leader's history, ending with `term` at `startLsn`
public record Election(
    Term term, Lsn startLsn, Term lastLogTerm, int donor, Lsn truncateLsn, TermHistory history) {}
