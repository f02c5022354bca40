package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;
import java.util.List;

/// How far the proposer is; a snapshot.
///
/// @param term its own, 0 before it was elected
/// @param receivedLsn the end of the WAL PostgreSQL has sent
/// @param commitLsn the end of what a majority of safekeepers has on disk
/// @param streaming whether PostgreSQL's WAL is being received
/// @param reasons what is not as it should be, each a sentence
public record ProposerProgress(
    long term, Lsn receivedLsn, Lsn commitLsn, boolean streaming, List<String> reasons) {

  public ProposerProgress {
    reasons = List.copyOf(reasons);
  }
}
