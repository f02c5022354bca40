package dev.argon.postgres.control;

/// The settings a control file and an `XLOG_PARAMETER_CHANGE` record carry, because a standby needs
/// at least as much of each.
///
/// @param walLevel 0 minimal, 1 replica, 2 logical
public record ServerParameters(
    int walLevel,
    boolean walLogHints,
    int maxConnections,
    int maxWorkerProcesses,
    int maxWalSenders,
    int maxPreparedTransactions,
    int maxLocksPerTransaction,
    boolean trackCommitTimestamp) {}
