package dev.argon.controlplane.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.controlplane.FakeSafekeeper;
import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.SchedulingPolicy;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrainsTest {

  @TempDir Path directory;

  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture(directory, 3);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private List<Long> members(Branch branch) {
    return Membership.ids(fixture.stored(branch).configuration().members()).stream()
        .map(id -> id.value())
        .toList();
  }

  private SchedulingPolicy policy(long id) throws Exception {
    return fixture.drains().require(id).policy();
  }

  @Test
  void allTimelinesMoveAndTheNodeIsOutOfUse() throws Exception {
    fixture.grow(4);
    List<Branch> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(fixture.branch("b" + i));
    }

    fixture.drains().begin(3, 4);
    fixture.drains().work();

    assertThat(all).allSatisfy(b -> assertThat(members(b)).containsExactly(1L, 2L, 4L));
    assertThat(policy(3)).isEqualTo(SchedulingPolicy.DECOMMISSIONED);
    assertThat(fixture.safekeeper(3).copies).isEmpty();
    assertThat(fixture.nodeStore.put(Fixture.node(3, fixture.safekeeper(3).address()))).isFalse();
  }

  @Test
  void aDeadNodeIsReplacedByAnotherControlPlaneThanBegan() throws Exception {
    fixture.grow(4);
    Branch branch = fixture.branch("main");
    fixture.safekeeper(3).close();

    fixture.drains().begin(3, 4);
    Drains next = fixture.drains();
    next.work();

    assertThat(members(branch)).containsExactly(1L, 2L, 4L);
    assertThat(policy(3)).isEqualTo(SchedulingPolicy.DECOMMISSIONED);
    assertThat(fixture.stored(branch).isSettled()).as("%s", fixture.stored(branch)).isTrue();
  }

  @Test
  void withoutANamedReplacementThoseWithTheFewestTakeOver() throws Exception {
    fixture.grow(6);
    Branch first = fixture.branch("first", 1, 2, 3);
    Branch second = fixture.branch("second", 1, 3, 4);

    fixture.drains().begin(3, 0);
    fixture.drains().work();

    assertThat(members(first)).contains(1L, 2L).doesNotContain(3L).hasSize(3);
    assertThat(members(second)).contains(1L, 4L).doesNotContain(3L).hasSize(3);
    assertThat(members(first)).containsAnyOf(5L, 6L);
    assertThat(members(second)).containsAnyOf(5L, 6L);
    assertThat(members(first)).isNotEqualTo(members(second));
  }

  @Test
  void threeMustStay() throws Exception {
    fixture.grow(3);
    Branch branch = fixture.branch("main");

    assertRefused(ProblemCode.REFUSED, 3, 0, "only 2 would be left");

    assertThat(members(branch)).containsExactly(1L, 2L, 3L);
    assertThat(policy(3)).isEqualTo(SchedulingPolicy.ACTIVE);
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    fixture.grow(5);
    Branch _ = fixture.branch("main");

    assertRefused(ProblemCode.NOT_FOUND, 9, 0, "no safekeeper 9");
    assertRefused(ProblemCode.NOT_FOUND, 3, 9, "no safekeeper 9");
    assertRefused(ProblemCode.REFUSED, 3, 3, "its own place");
    fixture.safekeeper(5).close();
    assertRefused(ProblemCode.UNAVAILABLE, 3, 5, "does not answer");
    fixture.drains().begin(3, 4);
    fixture.drains().begin(3, 4);
    assertRefused(ProblemCode.CONFLICT, 3, 5, "being taken out of use");
    assertRefused(ProblemCode.CONFLICT, 1, 0, "safekeeper 3 is being taken out of use");
    fixture.drains().work();
    assertRefused(ProblemCode.PRECONDITION_FAILED, 3, 4, "out of use already");
  }

  private void assertRefused(ProblemCode code, long id, long replacement, String text) {
    assertThatThrownBy(() -> fixture.drains().begin(id, replacement))
        .isInstanceOfSatisfying(
            ApiProblem.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.detail()).contains(text);
            });
  }

  @Test
  void whatIsCancelledStaysInUse() throws Exception {
    fixture.grow(4);
    Branch branch = fixture.branch("main");
    fixture.drains().begin(3, 4);

    fixture.drains().cancel(3);
    fixture.drains().work();

    assertThat(members(branch)).containsExactly(1L, 2L, 3L);
    assertThat(policy(3)).isEqualTo(SchedulingPolicy.ACTIVE);
    assertThatThrownBy(() -> fixture.drains().cancel(3)).isInstanceOf(ApiProblem.class);
  }

  @Test
  void anUnfinishedChangeIsTakenBackWhenItsDrainIsCancelled() throws Exception {
    fixture.grow(4);
    Branch branch = fixture.branch("main");
    fixture.safekeeper(4).script =
        new FakeSafekeeper.Script() {
          @Override
          public void before(String request) throws ApiProblem {
            if (request.equals("4 pull")) {
              throw new ApiProblem(ProblemCode.INTERNAL, "no room");
            }
          }

          @Override
          public void after(String request) {}
        };
    Drains drains = fixture.drains();
    drains.begin(3, 4);
    drains.work();
    assertThat(fixture.stored(branch).isJoint()).isTrue();
    assertThat(drains.problem(drains.require(3))).contains("no room");

    fixture.drains().cancel(3);
    fixture.memberships(java.time.Duration.ofSeconds(5)).resume();

    assertThat(members(branch)).containsExactly(1L, 2L, 3L);
    assertThat(fixture.stored(branch).isSettled()).as("%s", fixture.stored(branch)).isTrue();
  }

  @Test
  void newBranchesGetNoSafekeeperThatLeaves() throws Exception {
    fixture.grow(5);
    fixture.drains().begin(2, 0);

    Branches.Made made =
        fixture.branches.create(
            fixture.project, fixture.branch("main", 1, 3, 4).id(), "new", noPoint());

    assertThat(fixture.stores.memberships().require(made.branchId()).nodes())
        .hasSize(3)
        .doesNotContain(new dev.argon.identity.NodeId(2))
        .contains(new dev.argon.identity.NodeId(5));
  }

  private static Branches.Point noPoint() {
    return new Branches.Point("", "");
  }
}
