package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.safekeeper.failpoint.Failpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// Steps that a stack takes seldom: archiving, eviction, snapshots, membership, deletion. A
/// safekeeper of the stack comes to them with a timeline of the test's own, while the stack's is
/// written to. Afterwards what was begun is done again, and every byte must be there.
final class SideProvocation {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// More than three segments.
  private static final int RECORDS = 32;

  private static final int TERM = 77;

  private static final String USUAL = "{}";
  private static final String PARTIAL = "{\"partial_idle_millis\": 1500}";
  private static final String EVICTING =
      "{\"partial_idle_millis\": 500, \"eviction_idle_millis\": 1000}";
  private static final String NOTHING_EXPIRES = "{\"retention_millis\": -1}";
  private static final String EXPIRING = "{\"retention_millis\": 0}";

  private final Stack stack;
  private final SideArchive archive;
  private final KeeperAddress victim;
  private final KeeperAddress other;
  private final Failpoint point;
  private final TestTimeline timeline;
  private Scenario scenario = Scenario.NONE;

  /// @param point what is to be reached
  SideProvocation(Stack stack, int victim, Failpoint point) {
    this.stack = stack;
    this.victim = KeeperAddress.inStack(stack, victim);
    other = KeeperAddress.inStack(stack, victim % 3 + 1);
    this.point = point;
    timeline = TestTimeline.number(1_000 + List.of(Failpoint.values()).indexOf(point));
    archive = new SideArchive(stack, timeline);
  }

  /// A part of a scenario.
  @FunctionalInterface
  private interface Part {
    void run() throws IOException;
  }

  /// @param archive times of archiving of the safekeeper that is to die
  /// @param before done while it lives
  /// @param act brings it to the step; may do nothing if it comes there by itself
  /// @param verify done with the stack whole again
  private record Scenario(String archive, Part before, Part act, Part verify) {

    private static final Scenario NONE = new Scenario(USUAL, () -> {}, () -> {}, () -> {});
  }

  /// @return the safekeeper, which is dead or about to die
  ///
  /// @throws IllegalArgumentException if the step is one of the stack's own timeline
  OwnSafekeeper reach() {
    scenario = scenario();
    run(scenario.before());
    OwnSafekeeper armed =
        OwnSafekeeper.replace(
            stack,
            victim.node(),
            Map.of(Failpoint.VARIABLE, point.text() + ":1"),
            scenario.archive());
    try {
      awaitUp();
      run(scenario.act());
    } catch (AssertionError e) {
      // that it is dead already is as it should be; that it does not end is not
      armed.awaitEnd(LIMIT);
      System.out.printf("SideProvocation: %s: %s%n", point.text(), e.getMessage());
    }
    return armed;
  }

  private static void run(Part part) {
    try {
      part.run();
    } catch (IOException e) {
      throw new AssertionError("a safekeeper ended a connection", e);
    }
  }

  /// To be called with the stack whole again. Nothing of the timeline is left afterwards.
  void verify() {
    if (scenario.equals(Scenario.NONE)) {
      return;
    }
    run(scenario.verify());
    RunningProcess.kill(OwnSafekeeper.find(stack, victim.node()).pid()); // it may have other times
    stack.up();
    awaitUp();
    for (KeeperAddress keeper : List.of(victim, other)) {
      keeper.http("DELETE", timeline.path(), "");
    }
    assertThat(archive.names()).as("left in the object store").isEmpty();
  }

  private Scenario scenario() {
    return switch (point) {
      case BACKUP_PUT_BEFORE, BACKUP_PUT_AFTER -> writing();
      case PARTIAL_PUT_BEFORE, PARTIAL_PUT_AFTER -> archivingPartial();
      case PARTIAL_DELETE_AFTER -> replacingPartial();
      case EXPIRE_AFTER -> expiring();
      case EVICT_MARKED, EVICT_SEGMENT_REMOVED -> evicting();
      case RESTORE_SEGMENT_BACK, RESTORE_PRESENT_BEFORE -> restoring();
      case SNAPSHOT_MIDDLE -> pulling(victim, other);
      case PULL_SEGMENT_RECEIVED, PULL_RENAME_BEFORE, PULL_RENAME_AFTER -> pulling(other, victim);
      case MEMBERSHIP_REPLY_BEFORE -> hearingOfAMembership();
      case MEMBERSHIP_CHANGE_REPLY_BEFORE -> changingTheMembership();
      case TERM_BUMP_REPLY_BEFORE -> bumpingTheTerm();
      case TIMELINE_CREATE_MIDDLE -> creating();
      case TOMBSTONE_RENAME_BEFORE -> excluding(true);
      case TOMBSTONE_AFTER, TIMELINE_DELETE_MIDDLE -> excluding(false);
      case TIMELINE_DELETE_AFTER -> deleting();
      default -> throw new IllegalArgumentException(point + " is for the stack's own timeline");
    };
  }

  // ---- archiving ----

  private Scenario writing() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        USUAL, side::create, () -> side.write(RECORDS), () -> side.assertWholeAt(victim));
  }

  private Scenario archivingPartial() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        PARTIAL, () -> side.createWith(RECORDS), () -> {}, () -> assertArchivedWhole(side));
  }

  private Scenario replacingPartial() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        PARTIAL,
        () -> {
          withArchiving(PARTIAL);
          side.createWith(RECORDS);
          archive.awaitOnlyPartial(victim, side);
          side.write(1);
        },
        () -> {},
        () -> assertArchivedWhole(side));
  }

  private void assertArchivedWhole(SideTimeline side) throws IOException {
    withArchiving(PARTIAL);
    archive.awaitOnlyPartial(victim, side);
    side.assertWholeAt(victim);
  }

  /// Two segments below the one with the end are kept whatever their age.
  private Scenario expiring() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        EXPIRING,
        () -> {
          withArchiving(NOTHING_EXPIRES);
          side.createWith(2 * RECORDS);
          side.reportDurable();
          archive.awaitSegments(TestTimeline.START, side.end());
        },
        () -> {},
        () -> {
          withArchiving(EXPIRING);
          Lsn kept = SideArchive.segmentStart(side.end(), -2);
          archive.awaitSegments(kept, side.end());
          side.assertWholeAt(victim, kept);
        });
  }

  private Scenario evicting() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        EVICTING,
        () -> {
          side.createWith(RECORDS);
          side.reportDurable();
        },
        () -> {},
        () -> side.assertWholeAt(victim));
  }

  private Scenario restoring() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        USUAL,
        () -> {
          withArchiving(EVICTING);
          side.createWith(RECORDS);
          side.reportDurable();
          Awaitility.await("eviction")
              .atMost(LIMIT)
              .pollInterval(100, TimeUnit.MILLISECONDS)
              .until(() -> victim.status(timeline).at("residency").text().equals("evicted"));
        },
        () -> side.assertWholeAt(victim),
        () -> side.assertWholeAt(victim));
  }

  /// The victim starts anew with other times, and does not die.
  private void withArchiving(String times) {
    OwnSafekeeper.replace(stack, victim.node(), Map.of(), times);
    awaitUp();
  }

  // ---- coming and leaving ----

  private Scenario pulling(KeeperAddress donor, KeeperAddress receiver) {
    SideTimeline side = new SideTimeline(timeline, donor);
    String membership = TestTimeline.configuration(2, donor.member(), receiver.member());
    Part pull =
        () -> receiver.http("POST", "/v1/pull_timeline", timeline.pullBody(donor, membership));
    return new Scenario(
        USUAL,
        () -> side.createWith(RECORDS),
        pull,
        () -> {
          pull.run();
          side.assertWholeAt(donor);
          side.assertWholeAt(receiver);
          for (KeeperAddress keeper : List.of(donor, receiver)) {
            assertThat(archive.incoming(keeper)).as("incoming at %s", keeper).isEmpty();
          }
        });
  }

  private Scenario creating() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        USUAL,
        () -> {},
        side::create,
        () -> {
          assertThat(archive.incoming(victim)).isEmpty();
          side.createWith(2);
          side.assertWholeAt(victim);
        });
  }

  /// @param isKept whether it is as before until it is excluded again
  private Scenario excluding(boolean isKept) {
    SideTimeline side = new SideTimeline(timeline, victim);
    Part exclude =
        () ->
            victim.http(
                "PUT", timeline.path() + "/exclude", TestTimeline.configuration(2, other.member()));
    return new Scenario(
        USUAL,
        () -> {
          withArchiving(PARTIAL);
          side.createWith(RECORDS);
          archive.awaitOnlyPartial(victim, side);
        },
        exclude,
        () -> {
          if (isKept) {
            side.assertWholeAt(victim);
          } else {
            assertThatThrownBy(() -> victim.status(timeline)).hasMessageContaining(": 404");
          }
          exclude.run();
          assertThatThrownBy(() -> victim.status(timeline)).hasMessageContaining(": 404");
          assertThatThrownBy(side::create).hasMessageContaining("was deleted");
          assertThat(archive.incoming(victim)).isEmpty();
          assertThat(archive.names()).noneMatch(name -> name.endsWith(".partial"));
        });
  }

  private Scenario deleting() {
    SideTimeline side = new SideTimeline(timeline, victim);
    Part delete = () -> victim.http("DELETE", timeline.path(), "");
    return new Scenario(
        USUAL,
        () -> {
          side.createWith(RECORDS);
          archive.awaitSegments(TestTimeline.START, side.end());
        },
        delete,
        () -> {
          assertThatThrownBy(() -> victim.status(timeline)).hasMessageContaining(": 404");
          delete.run();
          assertThat(archive.names()).isEmpty();
        });
  }

  // ---- membership and term ----

  private Scenario hearingOfAMembership() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        USUAL,
        () -> side.createWith(2),
        () -> {
          try (ScriptedProposer proposer = victim.proposer(timeline)) {
            proposer.send(
                new ProposerMessage.Greeting(
                    timeline.tenant(),
                    timeline.timeline(),
                    new MembershipConfiguration(
                        2, List.of(victim.member(), other.member()), List.of()),
                    TestTimeline.SERVER));
            throw new AssertionError("an answer: " + proposer.receive());
          }
        },
        () -> {
          assertThat(victim.status(timeline).at("generation").number()).isEqualTo(2);
          side.assertWholeAt(victim);
        });
  }

  private Scenario changingTheMembership() {
    SideTimeline side = new SideTimeline(timeline, victim);
    Part change =
        () ->
            victim.http(
                "PUT",
                timeline.path() + "/membership",
                TestTimeline.configuration(2, victim.member(), other.member()));
    return new Scenario(
        USUAL,
        () -> side.createWith(2),
        change,
        () -> {
          assertThat(victim.status(timeline).at("generation").number()).isEqualTo(2);
          change.run();
          side.assertWholeAt(victim);
        });
  }

  private Scenario bumpingTheTerm() {
    SideTimeline side = new SideTimeline(timeline, victim);
    return new Scenario(
        USUAL,
        () -> side.createWith(2),
        () -> victim.http("POST", timeline.path() + "/term_bump", "{\"term\": " + TERM + "}"),
        () -> {
          assertThat(victim.status(timeline).at("term").number()).isEqualTo(TERM);
          side.assertWholeAt(victim);
        });
  }

  private void awaitUp() {
    Awaitility.await("safekeeper " + victim.node() + " answers")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() -> answers() || !runs());
  }

  private boolean answers() {
    try {
      victim.http("GET", "/v1/utilization", "");
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  private boolean runs() {
    return stack.jvms("SafekeeperMain").stream()
        .map(RunningProcess::words)
        .anyMatch(words -> String.join(" ", words).contains("safekeeper-" + victim.node() + "/"));
  }
}
