package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// What an acceptor keeps of a timeline beside the WAL itself: the content of its control file.
///
/// @param flushLsn the end of its log, as far as it was worth writing down: at least this much must
///   be found intact after a restart
/// @param commitLsn committed and present here
/// @param truncateLsn all members have the WAL below (`peer_horizon_lsn`)
/// @param remoteConsistentLsn the pageserver does not need the WAL below any more
/// @param backupLsn whole segments below are in the object store
public record ControlState(
    MembershipConfiguration membership,
    Term term,
    TermHistory history,
    ServerIdentity server,
    Lsn timelineStartLsn,
    Lsn flushLsn,
    Lsn commitLsn,
    Lsn truncateLsn,
    Lsn remoteConsistentLsn,
    Lsn backupLsn) {

  /// A timeline as the control plane creates it, on every member alike.
  public static ControlState create(
      MembershipConfiguration membership, ServerIdentity server, Lsn startLsn) {
    return new ControlState(
        membership,
        Term.ZERO,
        TermHistory.beginningAt(startLsn),
        server,
        startLsn,
        startLsn,
        startLsn,
        startLsn,
        startLsn,
        startLsn);
  }

  ControlState withTerm(Term newTerm) {
    return new ControlState(
        membership,
        newTerm,
        history,
        server,
        timelineStartLsn,
        flushLsn,
        commitLsn,
        truncateLsn,
        remoteConsistentLsn,
        backupLsn);
  }

  ControlState withHistory(TermHistory newHistory) {
    return new ControlState(
        membership,
        term,
        newHistory,
        server,
        timelineStartLsn,
        flushLsn,
        commitLsn,
        truncateLsn,
        remoteConsistentLsn,
        backupLsn);
  }

  ControlState withMembership(MembershipConfiguration newMembership) {
    return new ControlState(
        newMembership,
        term,
        history,
        server,
        timelineStartLsn,
        flushLsn,
        commitLsn,
        truncateLsn,
        remoteConsistentLsn,
        backupLsn);
  }

  ControlState withPositions(Lsn newFlushLsn, Lsn newCommitLsn, Lsn newTruncateLsn) {
    return new ControlState(
        membership,
        term,
        history,
        server,
        timelineStartLsn,
        newFlushLsn,
        newCommitLsn,
        newTruncateLsn,
        remoteConsistentLsn,
        backupLsn);
  }

  ControlState withRetention(Lsn newRemoteConsistentLsn, Lsn newBackupLsn) {
    return new ControlState(
        membership,
        term,
        history,
        server,
        timelineStartLsn,
        flushLsn,
        commitLsn,
        truncateLsn,
        newRemoteConsistentLsn,
        newBackupLsn);
  }
}
