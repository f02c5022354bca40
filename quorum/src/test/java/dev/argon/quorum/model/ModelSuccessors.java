package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;
import static dev.argon.quorum.model.ModelSpace.LEADERS;
import static dev.argon.quorum.model.ModelSpace.LOST;
import static dev.argon.quorum.model.ModelSpace.OPEN;
import static dev.argon.quorum.model.ModelViolation.check;

import java.util.Arrays;

/// All that can happen next in a state.
///
/// Messages to acceptors are never gone: each may arrive at any time, again and again, in any
/// order, or never; also with a cut or at a place that the proposer would not have sent. Answers to
/// vote requests arrive at once or never: nothing happens to a proposer while one is on its way
/// that could not as well come after it, since all it does upon an answer is to send messages, and
/// those may be on their way as long as one likes. Answers to appends arrive at once: by a leader
/// that hears them later, or not, less is committed, and so less could be lost.
final class ModelSuccessors {

  /// Gets each state that can follow; it may change the array.
  @FunctionalInterface
  interface Sink {
    void take(int[] next);
  }

  private final boolean detailed;
  private final ModelSpace space;
  private final ModelSteps steps;
  private final ModelChecks checks;
  private final int[] next;

  // What is just being done.
  private String what = "";
  private int who;
  private int other;
  private int term;

  ModelSuccessors(ModelBounds bounds, ModelSpace space, ModelSteps steps, ModelChecks checks) {
    detailed = bounds.detailed();
    this.space = space;
    this.steps = steps;
    this.checks = checks;
    next = new int[space.length];
  }

  /// What led to the state that was taken last.
  ///
  /// @param names of the acceptors
  String description(String names) {
    String text = what.replace("A", "acceptor " + names.charAt(who));
    return text.replace("B", "acceptor " + names.charAt(other)).replace("T", "term " + term);
  }

  private void begin(String text, int acceptor, int peer, int ofTerm) {
    what = text;
    who = acceptor;
    other = peer;
    term = ofTerm;
  }

  private void copy(int[] state) {
    System.arraycopy(state, 0, next, 0, next.length);
  }

  private void become(int[] state, int acceptor, int number, Sink sink) {
    copy(state);
    next[acceptor] = number;
    emit(sink);
  }

  /// Leaders hear at once where the logs of those who follow them end, and tell what is committed.
  private void emit(Sink sink) {
    for (int i = 0; i < ACCEPTORS; i++) {
      int answer = steps.answer(next[i]);
      for (int slot = 0; answer != 0 && slot < space.slotCount(); slot++) {
        int at = ModelSpace.slot(slot);
        if (space.term(slot) == answer >>> 8
            && next[at] >= LEADERS
            && next[at + 1 + i] < (answer & 0xFF)) {
          next[at + 1 + i] = answer & 0xFF;
          count(at);
        }
      }
    }
    for (int slot = 0; !detailed && slot < space.slotCount(); slot++) {
      int at = ModelSpace.slot(slot);
      int committed = next[at] >= LEADERS ? space.committed(next, at) : 0;
      for (int i = 0; committed > 0 && i < ACCEPTORS; i++) {
        next[i] = steps.heard(next[i], next[at] - LEADERS, committed);
      }
    }
    sink.take(next);
  }

  private void count(int at) {
    int committed = space.committed(next, at);
    if (committed > 0) {
      int last = next.length - 1;
      next[last] = checks.committed(steps.leader(next[at] - LEADERS), committed - 1, next[last]);
    }
  }

  void of(int[] state, Sink sink) {
    for (int slot = 0; slot < space.slotCount(); slot++) {
      int at = ModelSpace.slot(slot);
      if (state[at] == OPEN) {
        for (int i = 0; i < ACCEPTORS; i++) {
          requestVote(state, slot, i, sink);
        }
      } else if (state[at] >= LEADERS) {
        lead(state, slot, sink);
      }
    }
    for (int i = 0; i < ACCEPTORS; i++) {
      if (detailed) {
        alone(state, i, sink);
      }
      for (int j = 0; j < ACCEPTORS; j++) {
        if (i != j && state[i] != state[j]) {
          meet(state, i, j, sink);
        }
      }
    }
  }

  private void requestVote(int[] state, int slot, int acceptor, Sink sink) {
    int at = ModelSpace.slot(slot);
    begin("A is asked for its vote in T", acceptor, acceptor, space.term(slot));
    if (state[at + 1 + acceptor] != 0) {
      return; // it has voted for this one
    }
    int[] pairs = steps.request(state[acceptor], space.term(slot));
    for (int i = 0; i < pairs.length; i += 2) {
      if (detailed && pairs[i] != state[acceptor]) {
        become(state, acceptor, pairs[i], sink);
      }
      if (pairs[i + 1] != 0) {
        voted(state, slot, acceptor, pairs[i], pairs[i + 1], sink);
      }
    }
  }

  private void voted(int[] state, int slot, int acceptor, int becomes, int answer, Sink sink) {
    int at = ModelSpace.slot(slot);
    begin("A votes in T, and the candidate hears it", acceptor, acceptor, space.term(slot));
    int[] victory = steps.count(space.term(slot), state, at + 1, acceptor, answer);
    copy(state);
    next[acceptor] = becomes;
    if (victory.length == 0) {
      if (steps.isGranted(answer)) {
        next[at + 1 + acceptor] = answer;
        emit(sink);
      }
      return; // a refusal makes it campaign anew, in a term that is another one's
    }
    begin("A votes in T, and the candidate has won", acceptor, acceptor, space.term(slot));
    for (int each = 0; each < space.slotCount(); each++) {
      check(
          each == slot
              || space.term(each) != space.term(slot)
              || state[ModelSpace.slot(each)] <= LOST,
          "term " + space.term(slot) + " is won twice");
    }
    checks.won(steps.leader(victory[0]), state[state.length - 1]);
    Arrays.fill(next, at, at + ModelSpace.SLOT_SIZE, 0);
    next[at] = LEADERS + victory[0];
    emit(sink);
  }

  private void lead(int[] state, int slot, Sink sink) {
    int at = ModelSpace.slot(slot);
    int leader = state[at] - LEADERS;
    int committed = space.committed(state, at);
    for (int i = 0; i < ACCEPTORS; i++) {
      begin("A is asked by the leader of T where its log is", i, i, space.term(slot));
      int[] possible = steps.asked(state[i], leader);
      for (int j = 0; detailed && j < possible.length; j++) {
        become(state, i, possible[j], sink);
      }
      begin("A hears that T is won", i, i, space.term(slot));
      for (int after : steps.elected(state[i], leader)) {
        become(state, i, after, sink);
      }
      begin("A gets an append of T", i, i, space.term(slot));
      for (int after : steps.appended(state[i], leader, committed)) {
        become(state, i, after, sink);
      }
    }
  }

  private void alone(int[] state, int acceptor, Sink sink) {
    begin("A crashes and comes back", acceptor, acceptor, 0);
    for (int after : steps.crashes(state[acceptor])) {
      become(state, acceptor, after, sink);
    }
    begin("A syncs", acceptor, acceptor, 0);
    for (int after : steps.flush(state[acceptor])) {
      become(state, acceptor, after, sink);
    }
  }

  private void meet(int[] state, int acceptor, int peer, Sink sink) {
    begin("A learns from B what is committed", acceptor, peer, 0);
    int learned = steps.learned(state[acceptor], state[peer]);
    if (learned != state[acceptor]) {
      become(state, acceptor, learned, sink);
    }
    begin("A gets entries from B", acceptor, peer, 0);
    for (int after : steps.recovered(state[acceptor], state[peer])) {
      become(state, acceptor, after, sink);
    }
  }
}
