package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.memory.BlockModel.Rules;
import dev.argon.compute.memory.BlockModel.State;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Goes through every order of steps within bounds, and looks whether anybody reads anything but
/// the newest content, or whether a page comes to lie behind the end of its file (§4 and §6).
class BlockModelTest {

  private static final int STATES_MIN = 20_000;
  private static final int POSITIONS_MAX = 4;
  private static final int TOKENS_MAX = 8;

  private int seenStates;

  private Optional<String> explore(Rules rules) {
    BlockModel model = new BlockModel(rules, POSITIONS_MAX, TOKENS_MAX);
    Set<State> seen = new HashSet<>();
    ArrayDeque<State> open = new ArrayDeque<>();
    open.add(BlockModel.initial());
    while (!open.isEmpty()) {
      State state = open.poll();
      if (!state.trouble().isEmpty()) {
        return Optional.of(state.trouble() + " in " + state);
      }
      if (seen.add(state)) {
        open.addAll(model.next(state));
      }
    }
    seenStates = seen.size();
    return Optional.empty();
  }

  @Test
  void noOrderOfStepsShowsAnOldPage() {
    assertThat(explore(Rules.all())).isEmpty();
    assertThat(seenStates).isGreaterThan(STATES_MIN);
  }

  @Test
  void withoutTokensAnOldAnswerIsTakenForANewOne() {
    assertThat(explore(new Rules(false, true, true, true, true, true))).isPresent();
  }

  @Test
  void withoutTheClaimOfWritersAnOldPageLandsOnANewOne() {
    assertThat(explore(new Rules(true, false, true, true, true, true))).isPresent();
  }

  @Test
  void readerThatDoesNotLookAgainTakesAHoleForAPage() {
    assertThat(explore(new Rules(true, true, false, true, true, true))).isPresent();
  }

  @Test
  void withoutTheBoundAnEvictedPageComesBackOld() {
    assertThat(explore(new Rules(true, true, true, false, true, true))).isPresent();
  }

  @Test
  void truncationThatForgetsNothingBringsPagesBack() {
    assertThat(explore(new Rules(true, true, true, true, false, true))).isPresent();
  }
}
