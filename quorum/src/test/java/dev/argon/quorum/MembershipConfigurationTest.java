package dev.argon.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MembershipConfigurationTest {

  private static List<Member> members(long... ids) {
    return LongStream.of(ids).mapToObj(id -> new Member(new NodeId(id), "h", 1)).toList();
  }

  private static NodeId id(long value) {
    return new NodeId(value);
  }

  private static Function<NodeId, Lsn> at(Map<NodeId, Lsn> positions) {
    return node -> positions.getOrDefault(node, Lsn.INVALID);
  }

  @Test
  void aMajorityOfTheMembersIsAQuorum() {
    MembershipConfiguration three = new MembershipConfiguration(1, members(1, 2, 3), List.of());

    assertThat(three.isQuorum(Set.of(id(1), id(3)))).isTrue();
    assertThat(three.isQuorum(Set.of(id(1), id(9)))).isFalse();
    assertThat(
            three.reachedByQuorum(
                at(Map.of(id(1), new Lsn(30), id(2), new Lsn(10), id(3), new Lsn(20)))))
        .isEqualTo(new Lsn(20));
    assertThat(three.reachedByQuorum(at(Map.of(id(1), new Lsn(30))))).isEqualTo(Lsn.INVALID);
  }

  @Test
  void aJointConfigurationNeedsBothMajorities() {
    MembershipConfiguration joint =
        new MembershipConfiguration(2, members(1, 2, 3), members(3, 4, 5));

    assertThat(joint.isQuorum(Set.of(id(1), id(2), id(3)))).isFalse();
    assertThat(joint.isQuorum(Set.of(id(1), id(3), id(4)))).isTrue();
    assertThat(
            joint.reachedByQuorum(
                at(
                    Map.of(
                        id(1),
                        new Lsn(50),
                        id(2),
                        new Lsn(50),
                        id(3),
                        new Lsn(20),
                        id(4),
                        new Lsn(30)))))
        .isEqualTo(new Lsn(20));
  }

  @Test
  void aNodeIsNamedOnce() {
    assertThatThrownBy(() -> new MembershipConfiguration(1, members(1, 1), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MembershipConfiguration(1, List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMemberOfBothSetsIsOneMember() {
    MembershipConfiguration joint =
        new MembershipConfiguration(2, members(1, 2, 3), members(3, 4, 5));

    assertThat(joint.all()).isEqualTo(members(1, 2, 3, 4, 5));
    assertThat(joint.reachedByAll(node -> new Lsn(10 * node.value()))).isEqualTo(new Lsn(10));
    assertThat(joint.isJoint()).isTrue();
  }

  @Test
  void theSameNodesElsewhereAreTheSameMembership() {
    MembershipConfiguration here = new MembershipConfiguration(1, members(1, 2), List.of());
    MembershipConfiguration there =
        new MembershipConfiguration(
            1,
            List.of(new Member(new NodeId(2), "x", 9), new Member(new NodeId(1), "y", 9)),
            List.of());

    assertThat(here.isSameAs(there)).isTrue();
    assertThat(here.isSameAs(new MembershipConfiguration(1, members(1, 3), List.of()))).isFalse();
  }
}
