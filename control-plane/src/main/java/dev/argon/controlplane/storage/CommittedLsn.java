package dev.argon.controlplane.storage;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
/// While members are exchanged the two count differently. A compute that has not heard of the
/// change acknowledges what a majority of the old members has, so those bound `acknowledgedMax`.
/// But what only they have may still be lost when the new members take over: `committed` is what
/// majorities of both sets have.
///
/// @param acknowledgedMax no acknowledged commit lies behind it
/// @param committed never to be lost
public record CommittedLsn(Lsn acknowledgedMax, Lsn committed) {

  /// @param configuration the safekeepers the timeline has
  /// @param answers of those that answered
  /// @return empty if fewer than a majority answered, or, while members are exchanged, of one set
  public static Optional<CommittedLsn> of(
      MembershipConfiguration configuration, Map<NodeId, SafekeeperTimelineInfo> answers) {
    if (!configuration.isQuorum(answers.keySet())) {
      return Optional.empty();
    }
    Lsn told = Lsn.INVALID;
    long newestTerm = 0;
    for (SafekeeperTimelineInfo answer : answers.values()) {
      told = Lsn.max(told, Lsn.parse(answer.commitLsn()));
      newestTerm = Math.max(newestTerm, answer.lastLogTerm());
    }
    Map<NodeId, Lsn> flushed = new HashMap<>();
    long term = newestTerm;
    answers.forEach((node, answer) -> {
      if (answer.lastLogTerm() == term) {
        flushed.put(node, Lsn.parse(answer.flushLsn()));
      }
    });
    return Optional.of(
        new CommittedLsn(
            Lsn.max(told, acknowledgedMax(configuration, answers)),
            Lsn.max(
                told,
                configuration.reachedByQuorum(node -> flushed.getOrDefault(node, Lsn.INVALID)))));
  }

  private static Lsn acknowledgedMax(
      MembershipConfiguration configuration, Map<NodeId, SafekeeperTimelineInfo> answers) {
    int members = configuration.members().size();
    List<SafekeeperTimelineInfo> heard =
        configuration.members().stream()
            .flatMap(member -> Optional.ofNullable(answers.get(member.id())).stream())
            .toList();
    long term = heard.stream().mapToLong(SafekeeperTimelineInfo::lastLogTerm).max().orElse(0);
    List<Lsn> flushed =
        heard.stream()
            .filter(answer -> answer.lastLogTerm() == term)
            .map(answer -> Lsn.parse(answer.flushLsn()))
            .sorted(Comparator.reverseOrder())
            .toList();
    int silent = members - heard.size();
    int rank = Math.min(Math.max(1, members / 2 + 1 - silent), flushed.size());
    return flushed.get(rank - 1);
  }

  /// Whether all that was acknowledged is known to be committed.
  public boolean isDecided() {
    return committed.isAtLeast(acknowledgedMax);
  }
}
