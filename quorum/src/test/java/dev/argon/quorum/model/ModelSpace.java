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
/// | [#LEADERS] + number of the leader | where it has said that its log ends, plus 1; 0 for nothing |
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

  private static final int[][] ORDERS = {
    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}
  };

  private final ModelSteps steps;
  private final int entries;
  private final int[] terms;
  final int length;
  private final int[] permuted;

  ModelSpace(ModelBounds bounds, ModelSteps steps) {
    this.steps = steps;
    entries = bounds.entries();
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
          possible += state[at + 1 + i] != 0 || steps.durableTerm(state[i]) < terms[index] ? 1 : 0;
        }
        if (possible <= ACCEPTORS / 2) {
          become(state, at, LOST);
        }
      } else if (state[at] >= LEADERS) {
        boolean isPast = true;
        for (int i = 0; i < ACCEPTORS; i++) {
          isPast &= steps.durableTerm(state[i]) > terms[index];
        }
        if (isPast) {
          become(state, at, PAST);
        } else {
          forgetAnswers(state, at, terms[index]);
        }
      }
    }
  }

  /// What a leader can commit.
  ///
  /// @return 0 for nothing, else one more than the count
  int committed(int[] state, int at) {
    return steps.committed(state[at] - LEADERS, state[at + 1], state[at + 2], state[at + 3]);
  }

  /// If those who may still follow a leader cannot make it commit more, what all have answered is
  /// only good for what is committed already.
  private void forgetAnswers(int[] state, int at, int term) {
    int committed = committed(state, at);
    int possible =
        steps.committed(
            state[at] - LEADERS,
            atMost(state, at, 0, term),
            atMost(state, at, 1, term),
            atMost(state, at, 2, term));
    if (possible == committed) {
      Arrays.fill(state, at + 1, at + SLOT_SIZE, committed);
    }
  }

  private int atMost(int[] state, int at, int acceptor, int term) {
    return steps.durableTerm(state[acceptor]) <= term ? entries + 1 : state[at + 1 + acceptor];
  }

  private static void become(int[] state, int at, int what) {
    Arrays.fill(state, at, at + SLOT_SIZE, 0);
    state[at] = what;
  }
}
