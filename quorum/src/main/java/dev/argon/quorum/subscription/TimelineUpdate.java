package dev.argon.quorum.subscription;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;

/// Where a timeline is on one safekeeper.
///
/// @param generation of its membership
/// @param lastLogTerm the term that wrote the end of the log
/// @param backupLsn whole segments below are in the object store
/// @param remoteConsistentLsn no pageserver needs WAL below
/// @param truncateLsn all members have the WAL below (`peer_horizon_lsn`)
/// @param hasProposer whether a proposer is connected there
public record TimelineUpdate(
    TenantId tenant,
    TimelineId timeline,
    int generation,
    Term term,
    Term lastLogTerm,
    Lsn flushLsn,
    Lsn commitLsn,
    Lsn backupLsn,
    Lsn remoteConsistentLsn,
    Lsn truncateLsn,
    boolean hasProposer) {}
