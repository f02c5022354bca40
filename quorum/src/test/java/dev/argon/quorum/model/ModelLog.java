package dev.argon.quorum.model;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.util.ArrayList;
import java.util.List;

/// A log as the terms of its entries. A leader writes one entry at each place, so term and place
/// say which entry it is. An entry is one whole record.
record ModelLog(List<Term> terms) {

  static final Lsn START = new Lsn(0x1000);
  static final ModelLog EMPTY = new ModelLog(List.of());
  private static final int ENTRY_BYTES = 8;

  ModelLog {
    terms = List.copyOf(terms);
  }

  static Lsn lsn(int count) {
    return START.plus((long) count * ENTRY_BYTES);
  }

  /// How many entries lie below an LSN.
  static int count(Lsn lsn) {
    return (int) (lsn.bytesAfter(START) / ENTRY_BYTES);
  }

  int size() {
    return terms.size();
  }

  Lsn end() {
    return lsn(size());
  }

  Term at(int index) {
    return terms.get(index);
  }

  ModelLog upTo(int count) {
    ModelViolation.check(count <= size(), "a log of " + size() + " entries is read up to " + count);
    return count == size() ? this : new ModelLog(terms.subList(0, count));
  }

  ModelLog with(Term term) {
    List<Term> more = new ArrayList<>(terms);
    more.add(term);
    return new ModelLog(more);
  }

  /// How many entries both have in common from the beginning on.
  int common(ModelLog other) {
    int count = 0;
    while (count < Math.min(size(), other.size()) && at(count).equals(other.at(count))) {
      count++;
    }
    return count;
  }

  @Override
  public String toString() {
    return terms.toString();
  }
}
