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
    boolean trackCommitTimestamp) {

  /// These, but none of what is counted below another server's.
  public ServerParameters atLeast(ServerParameters other) {
    return new ServerParameters(
        walLevel,
        walLogHints,
        Math.max(maxConnections, other.maxConnections),
        Math.max(maxWorkerProcesses, other.maxWorkerProcesses),
        Math.max(maxWalSenders, other.maxWalSenders),
        Math.max(maxPreparedTransactions, other.maxPreparedTransactions),
        Math.max(maxLocksPerTransaction, other.maxLocksPerTransaction),
        trackCommitTimestamp);
  }
}
