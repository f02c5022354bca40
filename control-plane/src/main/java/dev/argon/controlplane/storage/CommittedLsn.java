package dev.argon.controlplane.storage;

import dev.argon.postgres.Lsn;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What safekeepers' answers say about how far a timeline is committed.
///
/// A safekeeper's own commit LSN lags behind what the proposer has acknowledged, so it alone is no
/// answer to "where is the end?". Two positions bound it:
///
/// - every acknowledged commit is at or before `acknowledgedMax`. A commit of the newest term was
///   flushed by a majority; when some members do not answer, the highest flush positions stand for
///   theirs. A commit of an older term is in every log that has reached the newest term;
/// - WAL up to `committed` surely stays: a majority has flushed it in the newest term, or a
///   safekeeper was told so.
///
/// @param acknowledgedMax no acknowledged commit lies behind it
/// @param committed never to be lost
public record CommittedLsn(Lsn acknowledgedMax, Lsn committed) {

  /// @param members how many safekeepers the timeline has
  /// @param answers of those that answered
  /// @return empty if fewer than a majority answered
  public static Optional<CommittedLsn> of(int members, List<SafekeeperTimelineInfo> answers) {
    int majority = members / 2 + 1;
    if (answers.size() < majority) {
      return Optional.empty();
    }
    Lsn told = Lsn.INVALID;
    long newestTerm = 0;
    for (SafekeeperTimelineInfo answer : answers) {
      told = Lsn.max(told, Lsn.parse(answer.commitLsn()));
      newestTerm = Math.max(newestTerm, answer.lastLogTerm());
    }
    long term = newestTerm;
    List<Lsn> flushed =
        answers.stream()
            .filter(answer -> answer.lastLogTerm() == term)
            .map(answer -> Lsn.parse(answer.flushLsn()))
            .sorted(Comparator.reverseOrder())
            .toList();
    int silent = members - answers.size();
    int rank = Math.min(Math.max(1, majority - silent), flushed.size());
    Lsn committed = flushed.size() >= majority ? flushed.get(majority - 1) : Lsn.INVALID;
    return Optional.of(
        new CommittedLsn(Lsn.max(told, flushed.get(rank - 1)), Lsn.max(told, committed)));
  }

  /// Whether all that was acknowledged is known to be committed.
  public boolean isDecided() {
    return committed.isAtLeast(acknowledgedMax);
  }
}
