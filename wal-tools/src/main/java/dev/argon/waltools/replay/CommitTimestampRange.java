package dev.argon.waltools.replay;

import dev.argon.postgres.control.CheckPoint;

/// The transactions that `pg_commit_ts` has timestamps of: a server asked for others says that it
/// does not know. Checkpoints carry the range, commits and truncations behind them move it.
final class CommitTimestampRange {

  /// `InvalidTransactionId`: no commit was seen.
  private static final int NONE = 0;

  /// Said by a truncation.
  private int oldest = NONE;

  /// The first commit that was seen: the oldest one if no checkpoint knows better.
  private int first = NONE;

  private int newest = NONE;

  void committed(int transactionId) {
    if (first == NONE) {
      first = transactionId;
    }
    if (newest == NONE || newest - transactionId < 0) {
      newest = transactionId;
    }
  }

  void truncated(int oldestTransactionId) {
    oldest = oldestTransactionId;
  }

  void clear() {
    oldest = NONE;
    first = NONE;
    newest = NONE;
  }

  /// The checkpoint with the range of now.
  ///
  /// @param active whether `track_commit_timestamp` is on
  CheckPoint in(CheckPoint checkPoint, boolean active) {
    if (!active) {
      return with(checkPoint, NONE, NONE);
    }
    return with(
        checkPoint,
        later(
            checkPoint.oldestCommitTsXid() == NONE ? first : checkPoint.oldestCommitTsXid(),
            oldest),
        later(checkPoint.newestCommitTsXid(), newest));
  }

  private static int later(int known, int seen) {
    return known == NONE || (seen != NONE && known - seen < 0) ? seen : known;
  }

  private static CheckPoint with(CheckPoint checkPoint, int oldest, int newest) {
    return new CheckPoint(
        checkPoint.redo(),
        checkPoint.timeline(),
        checkPoint.previousTimeline(),
        checkPoint.fullPageWrites(),
        checkPoint.nextXid(),
        checkPoint.nextOid(),
        checkPoint.nextMulti(),
        checkPoint.nextMultiOffset(),
        checkPoint.oldestXid(),
        checkPoint.oldestXidDatabase(),
        checkPoint.oldestMulti(),
        checkPoint.oldestMultiDatabase(),
        checkPoint.timeSeconds(),
        oldest,
        newest,
        checkPoint.oldestActiveXid());
  }
}
