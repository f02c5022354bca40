package dev.argon.pageserver.ingest;

import dev.argon.pageserver.timeline.Timeline;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Decides whether a timeline's WAL has to be read, and from which source: from the news its
/// sources tell, who waits for WAL, and what has failed. Time is its caller's business. For one
/// thread.
///
/// Whether: a timeline that somebody writes to is read all the time, so that its WAL is here before
/// anybody asks for a page of it. One that nobody writes to is read until all is here. If no source
/// tells anything it is read as well, for there is no other way to know.
///
/// From which: the one that has committed most, of equal ones the one that is written to, of those
/// the first. One that has failed comes after all others until something was read from one.
final class SourceChoice {

  /// What is to be done.
  enum Need {
    READ,
    /// Nothing, until there is news or somebody waits.
    REST,
    /// Not known before a source has told something, or has been silent for long enough.
    UNKNOWN
  }

  /// A source and what it has told.
  private record Candidate(WalSource source, News news) {

    long commitLsn() {
      return news instanceof News.Told(long commitLsn, boolean _) ? commitLsn : 0;
    }

    boolean isWritten() {
      return news instanceof News.Told(long _, boolean isWritten) && isWritten;
    }

    boolean isBetterThan(Candidate other) {
      int byCommit = Long.compareUnsigned(commitLsn(), other.commitLsn());
      return byCommit > 0 || (byCommit == 0 && isWritten() && !other.isWritten());
    }
  }

  private final Timeline timeline;

  /// Names of those that have failed.
  private final Set<String> failed = new HashSet<>();

  SourceChoice(Timeline timeline) {
    this.timeline = timeline;
  }

  private static List<Candidate> candidates(List<WalSource> sources, Timeline timeline) {
    List<Candidate> candidates = new ArrayList<>();
    for (WalSource source : sources) {
      candidates.add(new Candidate(source, source.news(timeline)));
    }
    return candidates;
  }

  Need need(List<WalSource> sources) {
    long last = timeline.lastRecordLsn();
    if (Long.compareUnsigned(timeline.wantedLsn(), last) > 0) {
      return Need.READ;
    }
    boolean isKnown = false;
    boolean isSilent = false;
    for (Candidate candidate : candidates(sources, timeline)) {
      switch (candidate.news()) {
        case News.Told(long commitLsn, boolean isWritten) -> {
          if (isWritten || Long.compareUnsigned(commitLsn, last) > 0) {
            return Need.READ;
          }
          isKnown = true;
        }
        case News.Silent() -> isSilent = true;
        case News.Pending() -> {}
      }
    }
    if (isKnown) {
      return Need.REST;
    }
    return isSilent ? Need.READ : Need.UNKNOWN;
  }

  /// How far the WAL goes that some source tells of; 0 if none does. For any thread.
  static long toldLsn(List<WalSource> sources, Timeline timeline) {
    long told = 0;
    for (Candidate candidate : candidates(sources, timeline)) {
      if (Long.compareUnsigned(candidate.commitLsn(), told) > 0) {
        told = candidate.commitLsn();
      }
    }
    return told;
  }

  /// @param sources at least one
  WalSource best(List<WalSource> sources) {
    List<Candidate> usable = new ArrayList<>(candidates(sources, timeline));
    usable.removeIf(candidate -> failed.contains(candidate.source().name()));
    if (usable.isEmpty()) {
      failed.clear();
      usable = candidates(sources, timeline);
    }
    Candidate best = usable.getFirst();
    for (Candidate candidate : usable) {
      if (candidate.isBetterThan(best)) {
        best = candidate;
      }
    }
    return best.source();
  }

  /// A source was left because it failed.
  void failed(WalSource source) {
    failed.add(source.name());
  }

  /// Something was read: what failed before may be tried again.
  void succeeded() {
    failed.clear();
  }
}
