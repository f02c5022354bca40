package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.memory.BlockModel.Rule;
import dev.argon.compute.memory.BlockModel.State;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Goes through every order of steps within bounds, and looks whether anybody reads anything but
/// the newest content, or whether a page comes to lie behind the end of its file (IP-1, IP-2, IP-5,
/// IC-6; §4 and §6).
class BlockModelTest {

  private static final int STATES_MIN = 20_000;
  private static final boolean LONG = Boolean.getBoolean("argon.long");
  private static final int POSITIONS_MAX = LONG ? 4 : 3;
  private static final int TOKENS_MAX = LONG ? 8 : 7;

  /// @param states how many there are; up to the first wrong one
  private record Result(int states, Optional<String> trouble) {}

  private static Result explore(Set<Rule> leftOut) {
    BlockModel model = new BlockModel(leftOut, POSITIONS_MAX, TOKENS_MAX);
    Set<State> seen = new HashSet<>();
    ArrayDeque<State> open = new ArrayDeque<>();
    open.add(BlockModel.initial());
    while (!open.isEmpty()) {
      State state = open.poll();
      if (!state.trouble().isEmpty()) {
        return new Result(seen.size(), Optional.of(state.trouble() + " in " + state));
      }
      if (seen.add(state)) {
        open.addAll(model.next(state));
      }
    }
    return new Result(seen.size(), Optional.empty());
  }

  /// IP-1, IP-2, IP-5, IC-6, §4, §6.
  @Test
  void noOrderOfStepsShowsAnOldPage() {
    Result result = explore(Set.of());

    System.out.println("BlockModelTest: " + result.states() + " states");
    assertThat(result.trouble()).isEmpty();
    assertThat(result.states()).isGreaterThan(STATES_MIN);
  }

  /// IP-5, §2, §4, §6.
  @ParameterizedTest
  @EnumSource(Rule.class)
  void eachRuleIsNeeded(Rule rule) {
    assertThat(explore(Set.of(rule)).trouble()).isPresent();
  }
}
