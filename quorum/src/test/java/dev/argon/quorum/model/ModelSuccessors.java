package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;
import static dev.argon.quorum.model.ModelSpace.ANSWER_SHIFT;
import static dev.argon.quorum.model.ModelSpace.LEADERS;
import static dev.argon.quorum.model.ModelSpace.LOST;
import static dev.argon.quorum.model.ModelSpace.OPEN;
import static dev.argon.quorum.model.ModelViolation.check;

/// All that can happen next in a state.
///
/// Messages to acceptors are never gone: once said, each may arrive at any time, again and again,
/// in any order, or never. Answers arrive at once or never: to a proposer nothing happens between
/// an answer's way and its arrival that could not as well come after it, since what it does upon
/// an answer are messages, whose way is as long as one likes.
final class ModelSuccessors {

  /// Gets each state that can follow; it may change the array.
  @FunctionalInterface
  interface Sink {
    void take(int[] next);
  }

  private final ModelBounds bounds;
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
    this.bounds = bounds;
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
    sink.take(next);
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
      alone(state, i, sink);
      for (int j = 0; bounds.peers() && j < ACCEPTORS; j++) {
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
      if (pairs[i] != state[acceptor]) {
        become(state, acceptor, pairs[i], sink);
      }
      if (pairs[i + 1] != 0) {
        voted(state, slot, acceptor, pairs[i], pairs[i + 1], sink);
      }
    }
  }

  private void voted(
      int[] state, int slot, int acceptor, int becomes, int answer, Sink sink) {
    int at = ModelSpace.slot(slot);
    begin("A votes in T, and the candidate hears it", acceptor, acceptor, space.term(slot));
    int[] victory = steps.count(space.term(slot), state, at + 1, acceptor, answer);
    copy(state);
    next[acceptor] = becomes;
    if (victory.length == 0) {
      if (steps.isGranted(answer)) {
        next[at + 1 + acceptor] = answer;
        sink.take(next);
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
    next[at] = LEADERS + victory[0];
    for (int i = 0; i < ACCEPTORS; i++) {
      next[at + 1 + i] = bit(victory[1 + i]);
    }
    sink.take(next);
  }

  private static int bit(int place) {
    return place == 0 ? 0 : 1 << place - 1;
  }

  private void lead(int[] state, int slot, Sink sink) {
    int at = ModelSpace.slot(slot);
    int leader = state[at] - LEADERS;
    int committed = committed(state, at);
    begin("the leader of T writes an entry", 0, 0, space.term(slot));
    if (steps.leader(leader).log().size() < bounds.entries()) {
      copy(state);
      next[at] = LEADERS + steps.written(leader);
      sink.take(next);
    }
    for (int i = 0; i < ACCEPTORS; i++) {
      greet(state, slot, i, sink);
      begin("A hears that T is won", i, i, space.term(slot));
      int mask = state[at + 1 + i] & (1 << ANSWER_SHIFT) - 1;
      for (int start = 0; mask >>> start != 0; start++) {
        if ((mask >>> start & 1) != 0) {
          for (int after : steps.elected(state[i], leader, start)) {
            if (after != state[i]) {
              become(state, i, after, sink);
            }
          }
        }
      }
      begin("A gets an append of T", i, i, space.term(slot));
      for (int after : steps.appended(state[i], leader, committed)) {
        become(state, i, after, sink);
      }
    }
  }

  private int committed(int[] state, int at) {
    return steps.committed(
        state[at] - LEADERS,
        state[at + 1] >>> ANSWER_SHIFT,
        state[at + 2] >>> ANSWER_SHIFT,
        state[at + 3] >>> ANSWER_SHIFT);
  }

  /// An acceptor connects (again) to a leader, which asks it where its log is.
  private void greet(int[] state, int slot, int acceptor, Sink sink) {
    int at = ModelSpace.slot(slot);
    begin("A tells the leader of T where its log is", acceptor, acceptor, space.term(slot));
    int[] pairs = steps.request(state[acceptor], space.term(slot));
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] != state[acceptor]) {
        become(state, acceptor, pairs[i], sink);
      }
      int told = pairs[i + 1] == 0 ? 0 : bit(steps.tell(state[at] - LEADERS, pairs[i + 1]));
      if ((told & ~state[at + 1 + acceptor]) != 0) {
        copy(state);
        next[acceptor] = pairs[i];
        next[at + 1 + acceptor] |= told;
        sink.take(next);
      }
    }
  }

  private void alone(int[] state, int acceptor, Sink sink) {
    begin("A crashes and comes back", acceptor, acceptor, 0);
    for (int after : steps.crashes(state[acceptor])) {
      become(state, acceptor, after, sink);
    }
    begin("A syncs", acceptor, acceptor, 0);
    int[] pairs = steps.flush(state[acceptor]);
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] != state[acceptor]) {
        become(state, acceptor, pairs[i], sink);
      }
      if (pairs[i + 1] != 0) {
        answered(state, acceptor, pairs[i], pairs[i + 1], sink);
      }
    }
  }

  private void answered(int[] state, int acceptor, int becomes, int answer, Sink sink) {
    int ofTerm = answer >>> 8;
    int place = answer & 0xFF;
    for (int slot = 0; slot < space.slotCount(); slot++) {
      int at = ModelSpace.slot(slot);
      if (space.term(slot) != ofTerm
          || state[at] < LEADERS
          || state[at + 1 + acceptor] >>> ANSWER_SHIFT >= place) {
        continue;
      }
      begin("A syncs, and the leader of T hears it", acceptor, acceptor, ofTerm);
      copy(state);
      next[acceptor] = becomes;
      int mask = next[at + 1 + acceptor] & (1 << ANSWER_SHIFT) - 1;
      next[at + 1 + acceptor] = place << ANSWER_SHIFT | mask;
      int committed = committed(next, at);
      if (committed > 0) {
        next[next.length - 1] =
            checks.committed(
                steps.leader(state[at] - LEADERS), committed - 1, state[state.length - 1]);
      }
      sink.take(next);
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
