package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;

import java.util.Arrays;

/// How a state of the whole model is written down, and which states are the same.
///
/// A state is a row of numbers: one for each acceptor; for each proposer a slot of four; one for
/// what was ever committed. A slot has what the proposer is, and a number for each acceptor:
///
/// | what it is | for each acceptor |
/// |---|---|
/// | [#OPEN]: asks for votes, or did not begin yet | its vote, 0 for none |
/// | [#LOST], [#PAST]: nothing that it does changes anything any more; the second has won once | 0 |
/// | [#LEADERS] + number of the leader | bits of the places where it was told to cut its log, and from bit 8 on the answer to appends |
///
/// A proposer that has crashed is one that does nothing more; its messages may still arrive. One
/// that starts again is another one. So a slot is used for one campaign, and no step "crash" is
/// needed.
///
/// States are the same if one is the other with acceptors exchanged, or with proposers of one term
/// exchanged.
final class ModelSpace {

  static final int SLOTS = ACCEPTORS;
  static final int SLOT_SIZE = 1 + ACCEPTORS;
  static final int OPEN = 0;
  static final int LOST = 1;
  static final int PAST = 2;
  static final int LEADERS = 3;
  static final int ANSWER_SHIFT = 8;

  private static final int[][] ORDERS = {
    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}
  };

  private final ModelSteps steps;
  private final int[] terms;
  final int length;
  private final int[] permuted;

  ModelSpace(ModelBounds bounds, ModelSteps steps) {
    this.steps = steps;
    terms = bounds.termsOfSlots();
    length = SLOTS + terms.length * SLOT_SIZE + 1;
    permuted = new int[length];
  }

  int slotCount() {
    return terms.length;
  }

  /// Where a slot begins.
  static int slot(int index) {
    return SLOTS + index * SLOT_SIZE;
  }

  int term(int index) {
    return terms[index];
  }

  int[] initial(int nothingCommitted) {
    int[] state = new int[length];
    Arrays.fill(state, 0, ACCEPTORS, steps.initial());
    state[length - 1] = nothingCommitted;
    return state;
  }

  /// Writes the form of a state that stands for all that are the same.
  ///
  /// @param state is tidied, too
  /// @return the order of the acceptors in it
  int[] canonical(int[] state, int[] into) {
    tidy(state);
    int[] best = ORDERS[0];
    boolean first = true;
    for (int[] order : ORDERS) {
      if (state[order[0]] <= state[order[1]] && state[order[1]] <= state[order[2]]) {
        permute(state, order);
        if (first || Arrays.compare(permuted, into) < 0) {
          System.arraycopy(permuted, 0, into, 0, length);
          best = order;
          first = false;
        }
      }
    }
    return best;
  }

  private void permute(int[] state, int[] order) {
    for (int i = 0; i < ACCEPTORS; i++) {
      permuted[i] = state[order[i]];
    }
    for (int at = SLOTS; at < length - 1; at += SLOT_SIZE) {
      permuted[at] = state[at];
      for (int i = 0; i < ACCEPTORS; i++) {
        permuted[at + 1 + i] = state[at + 1 + order[i]];
      }
    }
    permuted[length - 1] = state[length - 1];
    for (int i = 1; i < terms.length; i++) {
      for (int j = i; j > 0 && terms[j - 1] == terms[j] && isAbove(slot(j - 1), slot(j)); j--) {
        exchange(slot(j - 1), slot(j));
      }
    }
  }

  private boolean isAbove(int a, int b) {
    return Arrays.compare(permuted, a, a + SLOT_SIZE, permuted, b, b + SLOT_SIZE) > 0;
  }

  private void exchange(int a, int b) {
    for (int i = 0; i < SLOT_SIZE; i++) {
      int kept = permuted[a + i];
      permuted[a + i] = permuted[b + i];
      permuted[b + i] = kept;
    }
  }

  /// Forgets what can change nothing any more: durable terms do not go back.
  private void tidy(int[] state) {
    for (int index = 0; index < terms.length; index++) {
      int at = slot(index);
      if (state[at] == OPEN) {
        int possible = 0;
        for (int i = 0; i < ACCEPTORS; i++) {
          possible += state[at + 1 + i] != 0 || durableTerm(state[i]) < terms[index] ? 1 : 0;
        }
        if (possible <= ACCEPTORS / 2) {
          become(state, at, LOST);
        }
      } else if (state[at] >= LEADERS) {
        int following = 0;
        for (int i = 0; i < ACCEPTORS; i++) {
          if (durableTerm(state[i]) <= terms[index]) {
            following++;
          } else {
            state[at + 1 + i] &= -1 << ANSWER_SHIFT; // it will not look at an election of this term
          }
        }
        if (following == 0) {
          become(state, at, PAST);
        }
      }
    }
  }

  private static void become(int[] state, int at, int what) {
    Arrays.fill(state, at, at + SLOT_SIZE, 0);
    state[at] = what;
  }

  private long durableTerm(int acceptor) {
    return steps.acceptor(acceptor).durableTerm().value();
  }
}
