package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;
import static dev.argon.quorum.model.ModelViolation.check;

import dev.argon.quorum.Term;
import dev.argon.quorum.model.ModelProposer.Leader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What must hold in every state, and what was ever committed.
final class ModelChecks {

  /// @param by the lowest term whose leader has committed each entry
  record Committed(ModelLog log, List<Term> by) {

    static final Committed NOTHING = new Committed(ModelLog.EMPTY, List.of());
  }

  private final ModelSteps steps;
  private final Numbering<Committed> facts = new Numbering<>();
  private final IntMemo matching = new IntMemo();
  private final IntMemo holding = new IntMemo();
  private final IntMemo following = new IntMemo();

  ModelChecks(ModelSteps steps) {
    this.steps = steps;
  }

  int nothing() {
    return facts.of(Committed.NOTHING);
  }

  Committed fact(int number) {
    return facts.at(number);
  }

  /// LeaderCompleteness: a new leader has all that leaders of lower terms have committed. (One that
  /// wins late, when a higher term has its leader already, may lack what that one has committed.)
  void won(Leader leader, int fact) {
    Committed committed = facts.at(fact);
    for (int i = 0; i < committed.log().size(); i++) {
      check(
          !committed.by().get(i).isBefore(leader.term())
              || (i < leader.log().size() && leader.log().at(i).equals(committed.log().at(i))),
          "the leader of term "
              + leader.term()
              + " has the log "
              + leader.log()
              + " without committed entry "
              + i
              + " of "
              + committed);
    }
  }

  /// LogSafety: what is committed at a place is committed there for ever.
  ///
  /// @return the number of what is committed now
  int committed(Leader leader, int count, int fact) {
    Committed before = facts.at(fact);
    check(count >= leader.start(), "a commit below the start of term " + leader.term());
    ModelLog log = before.log();
    List<Term> by = new ArrayList<>(before.by());
    for (int i = 0; i < count; i++) {
      Term entry = leader.log().at(i);
      if (i < log.size()) {
        check(
            entry.equals(log.at(i)),
            "entry " + i + " of term " + entry + " is committed in place of " + before);
        by.set(i, leader.term().isBefore(by.get(i)) ? leader.term() : by.get(i));
      } else {
        log = log.with(entry);
        by.add(leader.term());
      }
    }
    return facts.of(new Committed(log, List.copyOf(by)));
  }

  /// All that is to be checked of acceptors together.
  void state(int[] state) {
    int fact = state[state.length - 1];
    int size = facts.at(fact).log().size();
    int holders = 0;
    for (int i = 0; i < ACCEPTORS; i++) {
      holders += holds(state[i], fact) == size ? 1 : 0;
      for (int j = i + 1; j < ACCEPTORS; j++) {
        match(state[i], state[j]);
      }
      for (int slot = ModelSpace.SLOTS; slot < state.length - 1; slot += ModelSpace.SLOT_SIZE) {
        if (state[slot] >= ModelSpace.LEADERS) {
          follow(state[i], state[slot] - ModelSpace.LEADERS);
        }
      }
    }
    check(holders > ACCEPTORS / 2, "committed is " + facts.at(fact) + ", durable on " + holders);
  }

  /// The acceptor's own commit position is true.
  ///
  /// @return how many of the committed entries are durable there
  private int holds(int acceptor, int fact) {
    int known = holding.get(acceptor, fact);
    if (known == IntMemo.NONE) {
      ModelAcceptor who = steps.acceptor(acceptor);
      ModelLog committed = facts.at(fact).log();
      int common = who.log().common(committed);
      int commit = ModelLog.count(who.state().commitLsn());
      check(
          commit <= common,
          "an acceptor believes " + commit + " entries to be committed: " + who + ", " + committed);
      known = holding.put(acceptor, fact, Math.min(common, who.synced()));
    }
    return known;
  }

  /// LogMatching: where two logs have the same entry they are the same below.
  private void match(int a, int b) {
    if (matching.get(a, b) == IntMemo.NONE) {
      ModelLog one = steps.acceptor(a).log();
      ModelLog other = steps.acceptor(b).log();
      int common = one.common(other);
      for (int i = common; i < Math.min(one.size(), other.size()); i++) {
        check(
            !one.at(i).equals(other.at(i)),
            "the same entry " + i + " behind different ones: " + one + " and " + other);
      }
      matching.put(a, b, 0);
    }
  }

  /// Who follows a leader has a beginning of its log.
  private void follow(int acceptor, int leader) {
    if (following.get(acceptor, leader) == IntMemo.NONE) {
      ModelAcceptor who = steps.acceptor(acceptor);
      Leader whom = steps.leader(leader);
      check(
          !who.state().acceptingTerm().equals(Optional.of(whom.term()))
              || who.log().common(whom.log()) == who.log().size(),
          "an acceptor follows term " + whom.term() + " with another log: " + who + ", " + whom);
      following.put(acceptor, leader, 0);
    }
  }
}
