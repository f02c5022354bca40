package dev.argon.controlplane.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommittedLsnTest {

  private static final MembershipConfiguration THREE =
      new MembershipConfiguration(1, members(1, 2, 3), List.of());

  private static final MembershipConfiguration JOINT =
      new MembershipConfiguration(2, members(1, 2, 3), members(3, 4, 5));

  private static List<MembershipConfiguration.Member> members(long... ids) {
    return Arrays.stream(ids)
        .mapToObj(id -> new MembershipConfiguration.Member(new NodeId(id), "h", 1))
        .toList();
  }

  private record Answer(long node, long term, String flush, String commit) {}

  private static Answer answer(long node, long term, String flush, String commit) {
    return new Answer(node, term, flush, commit);
  }

  private static Map<NodeId, SafekeeperTimelineInfo> answers(Answer... answers) {
    Map<NodeId, SafekeeperTimelineInfo> map = new HashMap<>();
    for (Answer a : answers) {
      map.put(new NodeId(a.node()), new SafekeeperTimelineInfo(a.term(), a.flush(), a.commit()));
    }
    return map;
  }

  private static CommittedLsn three(Answer... answers) {
    return CommittedLsn.of(THREE, answers(answers)).orElseThrow();
  }

  private static CommittedLsn joint(Answer... answers) {
    return CommittedLsn.of(JOINT, answers(answers)).orElseThrow();
  }

  @Test
  void whatTwoOfThreeHaveFlushedInTheNewestTermIsCommitted() {
    CommittedLsn view =
        three(
            answer(1, 2, "0/300", "0/100"),
            answer(2, 2, "0/200", "0/100"),
            answer(3, 2, "0/150", "0/100"));

    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isTrue();
  }

  @Test
  void withOneSilentItsFlushPositionMayBeTheHighest() {
    CommittedLsn view = three(answer(1, 2, "0/300", "0/100"), answer(2, 2, "0/200", "0/100"));

    assertThat(view.acknowledgedMax()).isEqualTo(Lsn.parse("0/300"));
    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isFalse();
    assertThat(three(answer(1, 2, "0/300", "0/300"), answer(2, 2, "0/300", "0/100")).isDecided())
        .isTrue();
  }

  @Test
  void aLongerLogOfAnOlderTermDoesNotCount() {
    CommittedLsn view =
        three(
            answer(1, 1, "0/900", "0/100"),
            answer(2, 2, "0/200", "0/150"),
            answer(3, 2, "0/200", "0/150"));

    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isTrue();
  }

  @Test
  void aMinorityKnowsNothing() {
    assertThat(CommittedLsn.of(THREE, answers(answer(1, 2, "0/300", "0/300")))).isEmpty();
  }

  @Test
  void aStrangerDoesNotCount() {
    assertThat(
            CommittedLsn.of(
                THREE, answers(answer(1, 2, "0/300", "0/300"), answer(4, 2, "0/300", "0/300"))))
        .isEmpty();
  }

  @Test
  void aJointConfigurationNeedsMajoritiesOfBothSets() {
    assertThat(
            CommittedLsn.of(
                JOINT,
                answers(
                    answer(1, 2, "0/300", "0/300"),
                    answer(2, 2, "0/300", "0/300"),
                    answer(3, 2, "0/300", "0/300"))))
        .isEmpty();
    assertThat(
            joint(
                    answer(1, 2, "0/300", "0/100"),
                    answer(3, 2, "0/300", "0/100"),
                    answer(4, 2, "0/300", "0/100"))
                .committed())
        .isEqualTo(Lsn.parse("0/300"));
  }

  @Test
  void whatOnlyTheOldMembersHaveMayBeAcknowledgedAndIsNotCommitted() {
    CommittedLsn view =
        joint(
            answer(1, 2, "0/300", "0/100"),
            answer(2, 2, "0/300", "0/100"),
            answer(3, 2, "0/200", "0/100"),
            answer(4, 2, "0/200", "0/100"),
            answer(5, 2, "0/150", "0/100"));

    assertThat(view.acknowledgedMax()).isEqualTo(Lsn.parse("0/300"));
    assertThat(view.committed()).isEqualTo(Lsn.parse("0/200"));
    assertThat(view.isDecided()).isFalse();
  }
}
