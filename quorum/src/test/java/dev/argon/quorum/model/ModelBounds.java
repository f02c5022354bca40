package dev.argon.quorum.model;

import java.util.List;

/// How large the model is. Acceptors are always three.
///
/// @param entries how long a log can become
/// @param candidates how many proposers campaign in each term, beginning with term 1
/// @param detailed whether everything happens one by one. Else
///   - an acceptor syncs what it writes at once, or crashes: what is not synced nobody has seen, so
///     a write may as well come when it is synced;
///   - it crashes only while it does something: with all it has synced, a crash makes it forget
///     whom it follows, and what it does then it could do without it;
///   - a vote that is given is heard: one that is not only keeps its acceptor from following lower
///     terms, as messages that never arrive do;
///   - who follows a leader hears of a commit position as soon as it has the log up to there
record ModelBounds(int entries, List<Integer> candidates, boolean detailed) {

  static final int ACCEPTORS = 3;

  static final ModelBounds DETAILED = new ModelBounds(2, List.of(1, 1), true);

  /// Two proposers compete for a term.
  static final ModelBounds COMPETING = new ModelBounds(2, List.of(2, 1), false);

  static final ModelBounds THREE_TERMS = new ModelBounds(2, List.of(1, 1, 1), false);

  /// Three acceptors, three terms, three entries.
  static final ModelBounds COMPLETE = new ModelBounds(3, List.of(1, 1, 1), false);

  /// Places are packed into three bits.
  private static final int ENTRIES_MAX = 6;

  ModelBounds {
    candidates = List.copyOf(candidates);
    if (entries < 1 || entries > ENTRIES_MAX) {
      throw new IllegalArgumentException(entries + " entries");
    }
  }

  /// One number for each slot of a proposer: its term.
  int[] termsOfSlots() {
    int[] terms = new int[candidates.stream().mapToInt(Integer::intValue).sum()];
    int slot = 0;
    for (int term = 1; term <= candidates.size(); term++) {
      for (int i = 0; i < candidates.get(term - 1); i++) {
        terms[slot++] = term;
      }
    }
    return terms;
  }

  @Override
  public String toString() {
    return "3 acceptors, %d terms with %s candidates, %d entries%s"
        .formatted(candidates.size(), candidates, entries, detailed ? ", detailed" : "");
  }
}
