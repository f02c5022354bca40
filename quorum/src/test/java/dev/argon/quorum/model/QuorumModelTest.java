package dev.argon.quorum.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorEffect;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorMessage.VoteResponse;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerState;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// All states of the small model, and that the search finds what is wrong.
class QuorumModelTest {

  private static final ModelSearch.Watcher UNWATCHED = (_, _) -> {};
  private static final int STATES_MAX = 200_000_000;

  /// How many states there are, as in `docs/quorum.md`: fewer would mean that something does not
  /// happen any more.
  static Stream<Arguments> bounds() {
    Stream<Arguments> normal =
        Stream.of(
            Arguments.of(ModelBounds.DETAILED, 186_447),
            Arguments.of(ModelBounds.COMPETING, 41_222),
            Arguments.of(ModelBounds.THREE_TERMS, 790_278));
    return Boolean.getBoolean("argon.long")
        ? Stream.concat(normal, Stream.of(Arguments.of(ModelBounds.COMPLETE, 6_294_756)))
        : normal;
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void noOrderOfEventsBreaksARule(ModelBounds bounds, int states) {
    ModelSearch.Report report = new ModelSearch(bounds, ModelRules.REAL).run(STATES_MAX, UNWATCHED);

    System.out.println("QuorumModelTest: " + report);
    assertThat(report.trace()).isEmpty();
    assertThat(report.states()).isEqualTo(states);
  }

  private static void isFound(ModelBounds bounds, ModelRules spoilt, String violation) {
    ModelSearch.Report report = new ModelSearch(bounds, spoilt).run(STATES_MAX, UNWATCHED);

    assertThat(report.trace()).hasSizeGreaterThan(1);
    assertThat(report.trace().getLast()).startsWith("violated: ").contains(violation);
  }

  private static AcceptorState.Step without(
      AcceptorState.Step step, Predicate<AcceptorEffect> left) {
    return new AcceptorState.Step(
        step.next(), step.effects().stream().filter(left.negate()).toList());
  }

  private static VoteResponse changed(VoteResponse vote, boolean granted, Lsn flushLsn) {
    return new VoteResponse(
        vote.generation(),
        vote.term(),
        granted,
        flushLsn,
        vote.truncateLsn(),
        vote.history().upTo(flushLsn));
  }

  /// A proposer that hears other answers to its requests for votes than were given.
  private static ModelRules withVotes(UnaryOperator<VoteResponse> change) {
    return new ModelRules() {
      @Override
      public List<ProposerOutput> received(
          ProposerState proposer, int acceptor, AcceptorMessage message) {
        return proposer.received(
            acceptor, message instanceof VoteResponse vote ? change.apply(vote) : message);
      }
    };
  }

  @Test
  void voteThatIsNotOnDiskIsFound() {
    isFound(
        ModelBounds.COMPETING,
        new ModelRules() {
          @Override
          public AcceptorState.Step on(AcceptorState acceptor, ProposerMessage message) {
            return message instanceof ProposerMessage.VoteRequest
                ? without(acceptor.on(message), AcceptorEffect.PersistControl.class::isInstance)
                : acceptor.on(message);
          }
        },
        "is won twice");
  }

  @Test
  void refusalThatCountsAsVoteIsFound() {
    isFound(
        ModelBounds.COMPETING,
        withVotes(vote -> changed(vote, true, vote.flushLsn())),
        "is won twice");
  }

  @Test
  void voteWithLessThanThereIsIsFound() {
    isFound(
        ModelBounds.COMPETING,
        withVotes(vote -> changed(vote, vote.granted(), ModelLog.START)),
        "an acceptor cannot follow");
  }

  @Test
  void answerBeforeTheSyncIsFound() {
    isFound(
        ModelBounds.COMPETING,
        new ModelRules() {
          @Override
          public AcceptorState.Step flush(AcceptorState acceptor) {
            return without(acceptor.flush(), AcceptorEffect.Flush.class::isInstance);
          }
        },
        "an acceptor does not come up again");
  }

  @Test
  void commitPositionThatIsTooHighIsFound() {
    isFound(
        ModelBounds.COMPETING,
        new ModelRules() {
          @Override
          public AcceptorState.Step on(AcceptorState acceptor, ProposerMessage message) {
            return acceptor.on(
                message instanceof ProposerMessage.Append append
                    ? new ProposerMessage.Append(
                        append.generation(),
                        append.term(),
                        append.beginLsn(),
                        append.endLsn(),
                        append.endLsn(),
                        append.truncateLsn())
                    : message);
          }
        },
        "believes 1 entries to be committed");
  }
}
