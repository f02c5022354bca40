package dev.argon.controlplane.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.controlplane.FakeSafekeeper;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.storage.ConfigurationDocument;
import dev.argon.controlplane.storage.LogPosition;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MembershipChangeTest {

  private static final Duration STEP = Duration.ofSeconds(10);
  private static final Duration WAIT = Duration.ofSeconds(30);

  @TempDir Path directory;

  private Fixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new Fixture(directory, 6);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void migrate(Branch branch, long... wanted) throws Exception {
    fixture.memberships(STEP).migrate(branch, Fixture.ids(wanted)).await(WAIT);
  }

  /// Everybody knows the members and nobody else holds the timeline.
  private void assertSettled(Branch branch, int generation, long... members) {
    Membership stored = fixture.stored(branch);
    assertThat(stored.configuration())
        .isEqualTo(new MembershipConfiguration(generation, Fixture.members(members), List.of()));
    assertThat(stored.isSettled()).as("%s", stored).isTrue();
    ConfigurationDocument document = ConfigurationDocument.of(stored.configuration());
    String timeline = branch.timeline().toString();
    for (long id = 1; id <= fixture.safekeepers.size(); id++) {
      if (Fixture.ids(members).contains(new dev.argon.identity.NodeId(id))) {
        assertThat(fixture.safekeeper(id).copy(timeline).configuration()).isEqualTo(document);
      } else {
        assertThat(fixture.safekeeper(id).copies).doesNotContainKey(timeline);
      }
    }
    assertThat(fixture.sources.get(timeline)).isEqualTo(document);
    assertThat(fixture.computes.get(branch.id())).isEqualTo(stored.configuration());
  }

  /// Whatever has happened, configurations of one generation are the same.
  private void assertConfigurationsAgree(Branch branch) {
    Map<Integer, ConfigurationDocument> known = new HashMap<>();
    for (FakeSafekeeper safekeeper : fixture.safekeepers) {
      for (ConfigurationDocument adopted : safekeeper.adopted) {
        ConfigurationDocument other = known.putIfAbsent(adopted.generation(), adopted);
        assertThat(other == null || other.equals(adopted))
            .as("%s: %s and %s", branch.name(), adopted, other)
            .isTrue();
      }
    }
  }

  @Test
  void aMemberIsReplacedByAnother() throws Exception {
    Branch branch = fixture.branch("main");

    migrate(branch, 1, 2, 4);

    assertSettled(branch, 3, 1, 2, 4);
    String timeline = branch.timeline().toString();
    assertThat(fixture.safekeeper(3).tombstones).containsEntry(timeline, 3);
    // no compute of an older term can win at the new ones any more
    assertThat(fixture.safekeeper(2).copy(timeline).term()).isEqualTo(7);
    assertThat(fixture.safekeeper(4).copy(timeline).term()).isEqualTo(7);
  }

  @Test
  void allMembersAreReplacedAtOnce() throws Exception {
    Branch branch = fixture.branch("main");

    migrate(branch, 4, 5, 6);

    assertSettled(branch, 3, 4, 5, 6);
  }

  @Test
  void aDeadMemberIsReplacedAndForgetsWhenItIsBack() throws Exception {
    Branch branch = fixture.branch("main");
    FakeSafekeeper third = fixture.safekeeper(3);
    Predicate<String> dead = request -> request.startsWith("3 ");
    fixture.script(refusing(dead));

    migrate(branch, 1, 2, 4);

    assertThat(fixture.stored(branch).leaving()).isEqualTo(Fixture.ids(3));
    assertThat(third.copies).containsKey(branch.timeline().toString());
    fixture.script(FakeSafekeeper.PEACE);
    fixture.memberships(STEP).resume();
    assertSettled(branch, 3, 1, 2, 4);
  }

  private static FakeSafekeeper.Script refusing(Predicate<String> requests) {
    return new FakeSafekeeper.Script() {
      @Override
      public void before(String request) throws ApiProblem {
        if (requests.test(request)) {
          throw new ApiProblem(ProblemCode.UNAVAILABLE, "away");
        }
      }

      @Override
      public void after(String request) {}
    };
  }

  @Test
  void theNewOnesDoNotTakeOverBeforeTheyHaveWhatTheOldOnesHad() throws Exception {
    Branch branch = fixture.branch("main");
    String timeline = branch.timeline().toString();
    fixture.safekeeper(4).pulledPosition = new LogPosition(6, Lsn.parse("0/2000000"));
    AtomicInteger asked = new AtomicInteger();
    fixture.safekeeper(4).script =
        new FakeSafekeeper.Script() {
          @Override
          public void before(String request) {
            boolean joint = fixture.stored(branch).isJoint();
            if (request.equals("4 membership") && joint && asked.incrementAndGet() == 3) {
              // the compute has sent the rest meanwhile
              fixture
                  .safekeeper(4)
                  .copies
                  .computeIfPresent(
                      timeline, (_, copy) -> copy.at(new LogPosition(6, Lsn.parse("0/3000000"))));
            }
          }

          @Override
          public void after(String request) {}
        };

    migrate(branch, 1, 2, 4);

    assertThat(asked).hasValue(3);
    assertSettled(branch, 3, 1, 2, 4);
  }

  @Test
  void aLogOfAnOlderTermIsNotEnoughHoweverLongItIs() throws Exception {
    Branch branch = fixture.branch("main");
    fixture.safekeeper(4).pulledPosition = new LogPosition(5, Lsn.parse("0/9000000"));

    assertThatThrownBy(() ->
            fixture.memberships(Duration.ZERO).migrate(branch, Fixture.ids(1, 2, 4)).await(WAIT))
        .isInstanceOf(ApiProblem.class)
        .hasMessageContaining("0/3000000");

    assertThat(fixture.stored(branch).isJoint()).isTrue();
  }

  /// Each request of a change in turn is the last one that its control plane makes: once it does
  /// not reach its target, once its answer is lost. The next control plane must come to the end.
  @Test
  void aChangeGoesOnAfterACrashAtEachOfItsRequests() throws Exception {
    boolean crashed = true;
    int runs = 0;
    for (int request = 1; crashed; request++) {
      for (boolean lost : List.of(false, true)) {
        Branch branch = fixture.branch("b" + request + lost);
        fixture.safekeepers.forEach(safekeeper -> safekeeper.adopted.clear());
        Crash crash = new Crash(request, lost);
        fixture.script(crash);

        migrateUntilCrash(branch);

        crashed = crash.happened;
        runs++;
        fixture.script(FakeSafekeeper.PEACE);
        Membership left = fixture.stored(branch);
        if (left.generation() == 1) {
          fixture.memberships(STEP).resume();
          assertThat(fixture.stored(branch).generation()).as("nothing had begun").isEqualTo(1);
          migrate(branch, 1, 2, 4);
        } else {
          fixture.memberships(STEP).resume();
        }
        assertSettled(branch, 3, 1, 2, 4);
        assertConfigurationsAgree(branch);
      }
    }
    // four to find out who is there, three to the old ones, the compute, the copy, six to the new
    // ones, three at the end, pageserver, compute, and the one that forgets
    assertThat(runs).isEqualTo(2 * (4 + 3 + 1 + 1 + 6 + 3 + 1 + 1 + 1 + 1));
  }

  private void migrateUntilCrash(Branch branch) throws Exception {
    try {
      fixture.memberships(Duration.ZERO).migrate(branch, Fixture.ids(1, 2, 4)).await(WAIT);
    } catch (ApiProblem problem) {
      assertThat(problem.code()).isEqualTo(ProblemCode.UNAVAILABLE);
    }
  }

  /// From the request of a number on nothing works any more.
  private static final class Crash implements FakeSafekeeper.Script {
    private final int at;
    private final boolean lost;
    private final AtomicInteger requests = new AtomicInteger();
    private final ThreadLocal<Integer> number = ThreadLocal.withInitial(() -> 0);
    volatile boolean happened;

    /// @param lost whether the request has its effect and only the answer is lost
    Crash(int at, boolean lost) {
      this.at = at;
      this.lost = lost;
    }

    @Override
    public void before(String request) throws ApiProblem {
      number.set(requests.incrementAndGet());
      if (number.get() > at || (number.get() == at && !lost)) {
        fail();
      }
    }

    @Override
    public void after(String request) throws ApiProblem {
      if (number.get() >= at) {
        fail();
      }
    }

    private void fail() throws ApiProblem {
      happened = true;
      throw new ApiProblem(ProblemCode.UNAVAILABLE, "the control plane has died");
    }
  }

  @Test
  void aChangeIsTakenBack() throws Exception {
    Branch branch = fixture.branch("main");
    fixture.script(refusing(request -> request.equals("4 membership")));
    migrateUntilCrash(branch);
    assertThat(fixture.stored(branch).isJoint()).isTrue();
    fixture.script(FakeSafekeeper.PEACE);

    fixture.memberships(STEP).abort(branch);
    fixture.memberships(STEP).resume();

    assertSettled(branch, 3, 1, 2, 3);
    assertConfigurationsAgree(branch);
    assertThatThrownBy(() -> fixture.memberships(STEP).abort(branch))
        .isInstanceOf(ApiProblem.class)
        .hasMessageContaining("no change");
    migrate(branch, 1, 2, 4);
    assertSettled(branch, 5, 1, 2, 4);
  }

  @Test
  void aChangeThatWaitsNoticesThatItWasTakenBack() throws Exception {
    Branch branch = fixture.branch("main");
    CountDownLatch waits = new CountDownLatch(1);
    fixture.safekeeper(4).script =
        refusing(request -> {
          if (request.equals("4 pull")) {
            waits.countDown();
          }
          return request.equals("4 pull");
        });
    var running = fixture.memberships(STEP).migrate(branch, Fixture.ids(1, 2, 4));
    waits.await();

    fixture.memberships(STEP).abort(branch);

    running.await(WAIT);
    assertSettled(branch, 3, 1, 2, 3);
  }

  @Test
  void aNodeThatLeftCanComeBack() throws Exception {
    Branch branch = fixture.branch("main");
    migrate(branch, 1, 2, 4);

    migrate(branch, 1, 2, 3);

    assertSettled(branch, 5, 1, 2, 3);
  }

  @Test
  void whatWouldNotHelpIsRefusedAndChangesNothing() throws Exception {
    Branch branch = fixture.branch("main");
    fixture.script(refusing(request -> request.startsWith("4 ")));

    assertRefused(ProblemCode.UNAVAILABLE, branch, 1, 2, 4);
    assertRefused(ProblemCode.BAD_REQUEST, branch, 1, 2);
    assertRefused(ProblemCode.NOT_FOUND, branch, 1, 2, 77);
    fixture.script(refusing(request -> request.startsWith("2 ") || request.startsWith("3 ")));
    assertRefused(ProblemCode.UNAVAILABLE, branch, 1, 2, 4);

    assertThat(fixture.stored(branch).generation()).isEqualTo(1);
  }

  private void assertRefused(ProblemCode code, Branch branch, long... wanted) {
    assertThatThrownBy(() -> migrate(branch, wanted))
        .isInstanceOfSatisfying(ApiProblem.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void twoChangesOfOneTimelineDoNotMeet() throws Exception {
    Branch branch = fixture.branch("main");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    fixture.safekeeper(4).script =
        new FakeSafekeeper.Script() {
          @Override
          public void before(String request) {
            if (request.equals("4 pull")) {
              begun.countDown();
              awaitQuietly(goOn);
            }
          }

          @Override
          public void after(String request) {}
        };
    var first = fixture.memberships(STEP).migrate(branch, Fixture.ids(1, 2, 4));
    begun.await();

    assertRefused(ProblemCode.LOCKED, branch, 1, 2, 5);
    assertThatThrownBy(() -> fixture.branches.delete(branch)).isInstanceOf(ApiProblem.class);

    goOn.countDown();
    first.await(WAIT);
    assertSettled(branch, 3, 1, 2, 4);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    await().atMost(WAIT).until(() -> latch.getCount() == 0);
  }

  @Test
  void anUnfinishedChangeStandsInTheWayOfAnother() throws Exception {
    Branch branch = fixture.branch("main");
    fixture.script(refusing(request -> request.equals("4 membership")));
    migrateUntilCrash(branch);
    fixture.script(FakeSafekeeper.PEACE);

    assertRefused(ProblemCode.CONFLICT, branch, 1, 2, 5);
    migrate(branch, 1, 2, 4);

    assertSettled(branch, 3, 1, 2, 4);
  }

  @Test
  void whoWasNotReachedIsToldLater() throws Exception {
    Branch branch = fixture.branch("main");
    AtomicInteger told = new AtomicInteger();
    fixture.safekeeper(2).script =
        refusing(request ->
            request.equals("2 membership")
                && !fixture.stored(branch).isJoint()
                && told.incrementAndGet() > 0);

    migrate(branch, 1, 2, 4);

    assertThat(fixture.stored(branch).told()).isEqualTo(Fixture.ids(1, 4));
    fixture.script(FakeSafekeeper.PEACE);
    fixture.memberships(STEP).resume();
    assertSettled(branch, 3, 1, 2, 4);
  }
}
