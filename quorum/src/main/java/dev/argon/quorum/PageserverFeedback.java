package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// How far a pageserver is with the WAL it reads.
///
/// @param currentTimelineSizeBytes logical size of the timeline
/// @param lastReceivedLsn ingested
/// @param diskConsistentLsn durable on the pageserver's own disk
/// @param remoteConsistentLsn uploaded, and the upload validated: WAL below is not needed by it
/// @param replyTimeMicros when it said so, since 2000-01-01 UTC
public record PageserverFeedback(
    long currentTimelineSizeBytes,
    Lsn lastReceivedLsn,
    Lsn diskConsistentLsn,
    Lsn remoteConsistentLsn,
    long replyTimeMicros) {}
