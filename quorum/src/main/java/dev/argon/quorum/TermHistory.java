package dev.argon.quorum;

import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which term wrote which part of a log: from the LSN of an entry on, up to the next entry's, the
/// WAL was written in the entry's term. Terms ascend strictly, LSNs do not descend.
public record TermHistory(List<Entry> entries) {

  /// No entry: a log that nobody has begun.
  public static final TermHistory EMPTY = new TermHistory(List.of());

  /// @param lsn where the WAL of this term begins
  public record Entry(Term term, Lsn lsn) {

    @Override
    public String toString() {
      return term + "@" + lsn;
    }
  }

  /// @throws IllegalArgumentException if the entries do not ascend
  public TermHistory {
    entries = List.copyOf(entries);
    for (int i = 1; i < entries.size(); i++) {
      Entry before = entries.get(i - 1);
      Entry entry = entries.get(i);
      if (!entry.term().isAfter(before.term()) || entry.lsn().isBefore(before.lsn())) {
        throw new IllegalArgumentException("a term history that goes back: " + entries);
      }
    }
  }

  /// The history of a timeline that begins at `lsn` and was written by nobody yet.
  public static TermHistory beginningAt(Lsn lsn) {
    return new TermHistory(List.of(new Entry(Term.ZERO, lsn)));
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /// The term of the last entry, 0 if there is none.
  public Term lastTerm() {
    return entries.isEmpty() ? Term.ZERO : entries.getLast().term();
  }

  /// The part that a log which ends at `end` really has: entries that begin at or below it.
  public TermHistory upTo(Lsn end) {
    int count = entries.size();
    while (count > 0 && entries.get(count - 1).lsn().isAfter(end)) {
      count--;
    }
    return count == entries.size() ? this : new TermHistory(entries.subList(0, count));
  }

  /// The term that wrote the last byte below `end`, or would write the first one there: the
  /// `last_log_term` of a log that ends at `end`.
  public Term lastLogTerm(Lsn end) {
    return upTo(end).lastTerm();
  }

  /// This history with one more entry.
  public TermHistory with(Term term, Lsn lsn) {
    List<Entry> more = new ArrayList<>(entries);
    more.add(new Entry(term, lsn));
    return new TermHistory(more);
  }

  /// Where the logs of a leader (this history) and of an acceptor part: up to here the acceptor's
  /// bytes are the leader's, and what it has above is to be cut off.
  ///
  /// @param acceptorHistory entries above `acceptorEnd` are not looked at
  /// @param acceptorEnd the end of the acceptor's log
  /// @throws IllegalStateException if one term begins at two places: the histories are of different
  ///   timelines, or somebody broke a rule
  public Lsn highestCommonPoint(TermHistory acceptorHistory, Lsn acceptorEnd) {
    List<Entry> theirs = acceptorHistory.upTo(acceptorEnd).entries();
    int common = -1;
    for (int i = 0; i < Math.min(entries.size(), theirs.size()); i++) {
      if (!entries.get(i).term().equals(theirs.get(i).term())) {
        break;
      }
      if (!entries.get(i).lsn().equals(theirs.get(i).lsn())) {
        throw new IllegalStateException(
            "one term begins at " + entries.get(i) + " and at " + theirs.get(i));
      }
      common = i;
    }
    if (common < 0) {
      return entries.getFirst().lsn();
    }
    if (common == entries.size() - 1) {
      return acceptorEnd; // it has already begun to follow this very leader
    }
    Lsn leaderTermEnd = entries.get(common + 1).lsn();
    Lsn acceptorTermEnd = common + 1 < theirs.size() ? theirs.get(common + 1).lsn() : acceptorEnd;
    return Lsn.min(leaderTermEnd, acceptorTermEnd);
  }

  // As in [dev.argon.postgres.Lsn]: compared for each commit, nearly always with itself.

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof TermHistory history && history.entries.equals(entries));
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  @Override
  public String toString() {
    return entries.toString();
  }
}
