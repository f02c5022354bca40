package dev.argon.quorum;

import org.jspecify.annotations.Nullable;

/// The time of one proposer's leadership. Terms only grow; at most one proposer ever wins a term.
public record Term(long value) implements Comparable<Term> {

  /// The term in which the control plane creates a timeline: nobody leads it.
  public static final Term ZERO = new Term(0);

  public Term {
    if (value < 0) {
      throw new IllegalArgumentException("a term is not negative: " + value);
    }
  }

  public Term next() {
    return new Term(Math.incrementExact(value));
  }

  public boolean isAfter(Term other) {
    return value > other.value;
  }

  public boolean isBefore(Term other) {
    return value < other.value;
  }

  public static Term max(Term a, Term b) {
    return a.value >= b.value ? a : b;
  }

  @Override
  public int compareTo(Term other) {
    return Long.compare(value, other.value);
  }

  // As in [dev.argon.postgres.Lsn]: compared for each append.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Term term && term.value == value;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
