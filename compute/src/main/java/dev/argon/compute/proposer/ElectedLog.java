package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;

/// A won election.
///
/// @param end where the recovered log ends and this term's own WAL begins: a record end
public record ElectedLog(long term, Lsn end) {}
