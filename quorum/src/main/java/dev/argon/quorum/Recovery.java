package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// WAL that an acceptor lacks and the proposer does not have: to be read from another safekeeper
/// (`START_REPLICATION PHYSICAL fromLsn (term='N')`) and appended with
/// [ProposerState#recoveredAppend].
///
/// @param acceptor who lacks it
/// @param donor who has it
/// @param fromLsn where the acceptor's log ends
/// @param toLsn where the proposer's own WAL begins
/// @param term the proposer's, for the donor's check
public record Recovery(int acceptor, int donor, Lsn fromLsn, Lsn toLsn, Term term) {}
