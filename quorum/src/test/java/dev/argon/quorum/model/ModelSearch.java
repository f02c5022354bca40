package dev.argon.quorum.model;

import dev.argon.quorum.model.ModelProposer.Leader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Walks through all states, breadth first, so that what leads to a violation is as short as can
/// be.
final class ModelSearch {

  private static final int ROOT = -1;

  private final ModelBounds bounds;
  private final ModelSteps steps;
  private final ModelSpace space;
  private final ModelChecks checks;
  private final ModelSuccessors successors;
  private final StateSet seen = new StateSet();
  private final int[] canonical;

  // States of one depth and of the next; their numbers count on from `firstNumber`.
  private short[] level;
  private short[] nextLevel;
  private int nextCount;
  private int expanded;
  private long transitions;

  ModelSearch(ModelBounds bounds, ModelRules rules) {
    this.bounds = bounds;
    steps = new ModelSteps(rules, bounds);
    space = new ModelSpace(bounds, steps);
    checks = new ModelChecks(steps);
    successors = new ModelSuccessors(bounds, space, steps, checks);
    canonical = new int[space.length];
    level = new short[space.length];
    nextLevel = new short[space.length << 10];
  }

  /// What a search has found.
  ///
  /// @param depth the most steps to a state
  /// @param acceptors how many states a single acceptor can be in
  /// @param trace the way to a violation, and what is violated; empty if nothing is
  record Report(
      ModelBounds bounds,
      int states,
      long transitions,
      int depth,
      int acceptors,
      List<String> trace) {

    boolean isGood() {
      return trace.isEmpty();
    }

    @Override
    public String toString() {
      return bounds
          + ": "
          + states
          + " states, "
          + transitions
          + " steps between them, at most "
          + depth
          + " from the beginning, "
          + acceptors
          + " states of one acceptor"
          + (isGood() ? "" : "\n" + String.join("\n", trace));
    }
  }

  /// Is told how many steps the search has gone, and how many states it has found.
  @FunctionalInterface
  interface Watcher {
    void reached(int depth, int states);
  }

  /// @param statesMax where to give up
  Report run(int statesMax, Watcher watcher) {
    int[] state = space.initial(checks.nothing());
    int depth = 0;
    try {
      take(state);
      while (nextCount > 0) {
        short[] free = level;
        level = nextLevel;
        nextLevel = free;
        int count = nextCount;
        nextCount = 0;
        for (int i = 0; i < count; i++) {
          unpack(level, i, state);
          successors.of(state, this::take);
          expanded++;
        }
        depth++;
        watcher.reached(depth, seen.count());
        ModelViolation.check(seen.count() <= statesMax, "more than " + statesMax + " states");
      }
      return report(depth - 1, List.of());
    } catch (RuntimeException e) {
      return report(depth, trace(String.valueOf(e.getMessage())));
    }
  }

  private Report report(int depth, List<String> trace) {
    return new Report(bounds, seen.count(), transitions, depth, steps.acceptorCount(), trace);
  }

  private void take(int[] next) {
    transitions++;
    space.canonical(next, canonical);
    int parent = seen.count() == 0 ? ROOT : expanded;
    if (seen.add(canonical, parent) < 0) {
      return;
    }
    checks.state(canonical);
    if ((nextCount + 1) * space.length > nextLevel.length) {
      nextLevel = Arrays.copyOf(nextLevel, nextLevel.length * 2);
    }
    int at = nextCount++ * space.length;
    for (int i = 0; i < space.length; i++) {
      nextLevel[at + i] = (short) canonical[i];
    }
  }

  private void unpack(short[] from, int index, int[] state) {
    for (int i = 0; i < state.length; i++) {
      state[i] = Short.toUnsignedInt(from[index * space.length + i]);
    }
  }

  /// The way to the state that was being expanded, step by step, and the step that broke a rule.
  private List<String> trace(String violation) {
    String last = successors.description("123");
    List<Integer> way = new ArrayList<>();
    if (seen.count() > 1) {
      for (int number = expanded; number != ROOT; number = seen.parent(number)) {
        way.addFirst(number);
      }
    }
    Retracing retracing = new Retracing(way);
    List<String> lines = retracing.lines();
    lines.add(lines.size() + 1 + ". then: " + last.transform(retracing::rename));
    lines.add("violated: " + violation);
    return lines;
  }

  /// Goes a way again to say what happens on it. Acceptors keep their names, though the states have
  /// them in any order.
  private final class Retracing {

    private final List<Integer> way;
    private int[] state = space.initial(checks.nothing());
    private String names = "123";
    private int[] reached = state;
    private String namesThere = names;
    private String step = "";

    Retracing(List<Integer> way) {
      this.way = way;
    }

    List<String> lines() {
      List<String> lines = new ArrayList<>();
      for (int i = 1; i < way.size(); i++) {
        int number = way.get(i);
        step = "";
        try {
          successors.of(state, next -> look(next, number));
        } catch (RuntimeException e) {
          // of a sibling of the state looked for, which came before it
        }
        state = reached;
        names = namesThere;
        lines.add(i + ". " + step + describe());
      }
      return lines;
    }

    private void look(int[] next, int number) {
      int[] form = new int[space.length];
      int[] order = space.canonical(next, form);
      if (step.isEmpty() && seen.is(number, form)) {
        reached = form;
        StringBuilder there = new StringBuilder();
        for (int from : order) {
          there.append(names.charAt(from));
        }
        namesThere = there.toString();
        step = successors.description(names);
      }
    }

    private String rename(String text) {
      return text.replaceAll("acceptor 1", "acceptor !" + names.charAt(0))
          .replaceAll("acceptor 2", "acceptor !" + names.charAt(1))
          .replaceAll("acceptor 3", "acceptor !" + names.charAt(2))
          .replace("!", "");
    }

    private String describe() {
      StringBuilder text = new StringBuilder();
      for (char name = '1'; name <= '3'; name++) {
        text.append("\n     ").append(name).append(": ");
        text.append(steps.acceptor(state[names.indexOf(name)]));
      }
      for (int i = 0; i < space.slotCount(); i++) {
        int number = state[ModelSpace.slot(i)] - ModelSpace.LEADERS;
        if (number >= 0) {
          Leader leader = steps.leader(number);
          text.append("\n     leader of term ").append(leader.term()).append(": ");
          text.append(leader.log()).append(" from ").append(leader.start());
        }
      }
      return text.toString();
    }
  }
}
