package dev.argon.quorum.model;

import java.util.List;

/// How large the model is. Acceptors are always three.
///
/// @param entries how long a log can become
/// @param candidates how many proposers campaign in each term, beginning with term 1
/// @param peers whether acceptors also learn from each other: commit positions and WAL
record ModelBounds(int entries, List<Integer> candidates, boolean peers) {

  static final int ACCEPTORS = 3;

  /// Three terms, three entries; two proposers compete for the second term.
  static final ModelBounds NORMAL = new ModelBounds(3, List.of(1, 2, 1), true);

  ModelBounds {
    candidates = List.copyOf(candidates);
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
        .formatted(candidates.size(), candidates, entries, peers ? ", peers" : "");
  }
}
