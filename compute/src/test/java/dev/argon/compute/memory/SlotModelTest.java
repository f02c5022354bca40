package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.memory.SlotModel.Rules;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Goes through every order of steps on one request slot (RS-2, RS-3, RS-5, RS-7).
class SlotModelTest {

  private static final int REQUESTS = 3;

  /// @param states how many there are; up to the first wrong one
  /// @param trouble empty if there is none
  private record Result(int states, String trouble) {}

  private static Result explore(Rules rules) {
    SlotModel model = new SlotModel(rules, REQUESTS);
    Set<List<Integer>> seen = new HashSet<>();
    ArrayDeque<List<Integer>> open = new ArrayDeque<>();
    open.add(SlotModel.initial());
    while (!open.isEmpty()) {
      List<Integer> state = open.poll();
      if (!seen.add(state)) {
        continue;
      }
      List<List<Integer>> next = model.next(state);
      String trouble = model.trouble(state);
      if (trouble.isEmpty() && next.isEmpty()) {
        trouble = model.end(state);
      }
      if (!trouble.isEmpty()) {
        return new Result(seen.size(), trouble + ": " + state);
      }
      open.addAll(next);
    }
    return new Result(seen.size(), "");
  }

  /// RS-2.
  @Test
  void noOrderOfStepsTearsOrLosesARequest() {
    Result result = explore(Rules.without(-1));

    System.out.println("SlotModelTest: " + result.states() + " states");
    assertThat(result.trouble()).isEmpty();
    assertThat(result.states()).isGreaterThan(1_000);
  }

  /// RS-2, RS-3, RS-5, RS-7.
  @ParameterizedTest(name = "without {1}: {2}")
  @CsvSource({
    "0, submitsFilled, half a request",
    "1, bitAfterState, does not fit",
    "2, bellAfterBit, nothing goes on",
    "3, bellBeforeDrain, nothing goes on",
    "4, sleepIsAnnounced, nothing goes on",
    "5, resultFirst, half a result",
    "6, leavingDetaches, does not fit",
    "7, detachedIsFreed, nothing goes on",
    "8, completesBySwap, nothing goes on",
    "9, nextProcessReclaims, nothing goes on",
  })
  void eachRuleIsNeeded(int rule, String name, String trouble) {
    assertThat(explore(Rules.without(rule)).trouble()).as(name).contains(trouble);
  }
}
