package dev.argon.it.safekeeper;

import dev.argon.identity.NodeId;
import dev.argon.it.check.Ledger;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.safekeeper.failpoint.Failpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// Starts one safekeeper of a stack anew so that it kills itself at a failpoint, and does what
/// makes it come to that point.
final class Provocation {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long SEGMENT_BYTES = 16 << 20;

  private final Stack stack;
  private final Ledger ledger;
  private final int victim;

  /// @param ledger running
  /// @param victim the safekeeper's number
  Provocation(Stack stack, Ledger ledger, int victim) {
    this.stack = stack;
    this.ledger = ledger;
    this.victim = victim;
  }

  /// @return the safekeeper, which is dead or about to die
  OwnSafekeeper reach(Failpoint point) throws SQLException {
    return switch (point) {
      // a handful of appends and of control files, so that it dies in the middle of them
      case WAL_WRITE_BEFORE,
          WAL_WRITE_AFTER,
          WAL_SYNC_BEFORE,
          WAL_SYNC_AFTER,
          APPEND_REPLY_BEFORE ->
          armed(point, 40);
      case CONTROL_WRITE_BEFORE,
          CONTROL_PARTIAL_WRITTEN,
          CONTROL_RENAME_BEFORE,
          CONTROL_RENAME_AFTER,
          CONTROL_WRITE_AFTER ->
          armed(point, 3);
      case SEGMENT_CREATE_BEFORE, SEGMENT_CREATE_AFTER -> {
        OwnSafekeeper armed = armed(point, 1);
        switchSegments(1);
        yield armed;
      }
      case VOTE_REPLY_BEFORE -> {
        OwnSafekeeper armed = armed(point, 1);
        awaitConnected();
        RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
        yield armed;
      }
      case HISTORY_AFTER -> armed(point, 1);
      // the first time is at the start, when a torn end would be cut off
      case TRUNCATE_BEFORE, TRUNCATE_MIDDLE, TRUNCATE_AFTER -> withLogToCut(point, 2);
      case TRUNCATE_SEGMENT_REMOVED, HISTORY_BEFORE -> withLogToCut(point, 1);
      case SEGMENT_REMOVE_BEFORE, SEGMENT_REMOVE_AFTER -> withSegmentsToRemove(armed(point, 1));
      case BACKUP_PUT_BEFORE, BACKUP_PUT_AFTER -> withSegmentToCopy(point);
      case MEMBERSHIP_REPLY_BEFORE -> {
        OwnSafekeeper armed = armed(point, 1);
        awaitConnected();
        tellMembership(TestTimeline.number(3));
        yield armed;
      }
      case TIMELINE_CREATE_MIDDLE -> {
        OwnSafekeeper armed = armed(point, 1);
        awaitConnected();
        request("POST", TestTimeline.number(1), TestTimeline.createBody());
        yield armed;
      }
      case TIMELINE_DELETE_MIDDLE -> {
        OwnSafekeeper armed = armed(point, 1);
        awaitConnected();
        request("POST", TestTimeline.number(2), TestTimeline.createBody());
        request("DELETE", TestTimeline.number(2), "");
        yield armed;
      }
    };
  }

  private OwnSafekeeper armed(Failpoint point, int hit) {
    return OwnSafekeeper.replace(stack, victim, environment(point, hit));
  }

  private static Map<String, String> environment(Failpoint point, int hit) {
    return Map.of(Failpoint.VARIABLE, point.text() + ":" + hit);
  }

  /// Waits until the victim takes part again.
  private void awaitConnected() {
    Lsn commit = Lsn.parse(timeline(victim % 3 + 1).at("commit_lsn").text());
    Awaitility.await("safekeeper " + victim + " takes part")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .ignoreExceptionsInstanceOf(AssertionError.class)
        .until(() -> Lsn.parse(timeline(victim).at("flush_lsn").text()).isAtLeast(commit));
  }

  /// The next record goes to another segment, and there is one.
  private void switchSegments(int count) throws SQLException {
    for (int i = 0; i < count; i++) {
      stack.source().strings("select pg_switch_wal()");
      stack.source().execute("insert into ledger_barrier values (0)");
    }
  }

  /// Lets the victim alone have WAL, over the end of a segment, that a new leader will not have:
  /// the other two are away while it is written, and are alone when the leader is elected.
  private OwnSafekeeper withLogToCut(Failpoint point, int hit) throws SQLException {
    List<RunningProcess> others = new ArrayList<>();
    for (int number = 1; number <= 3; number++) {
      if (number != victim) {
        others.add(OwnSafekeeper.find(stack, number));
      }
    }
    RunningProcess before = OwnSafekeeper.find(stack, victim);
    Lsn segment = Lsn.parse(timeline(victim).at("flush_lsn").text());
    others.forEach(process -> RunningProcess.kill(process.pid()));
    try (PendingStatement pending = writeOnTheVictimAlone(segment)) {
      RunningProcess.kill(before.pid());
      RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
      assertStillWaiting(pending);
    }
    for (RunningProcess other : others) {
      OwnSafekeeper.start(stack, numberOf(other), other, Map.of());
    }
    ledger.awaitProgress(2, LIMIT); // with a new leader
    return OwnSafekeeper.start(stack, victim, before, environment(point, hit));
  }

  /// Lets the pageserver have everything durable, and say so to the victim, the only safekeeper
  /// that is left to say it to.
  private OwnSafekeeper withSegmentsToRemove(OwnSafekeeper armed) throws SQLException {
    awaitConnected();
    switchSegments(5);
    awaitConnected();
    for (int number = 1; number <= 3; number++) {
      if (number != victim) {
        RunningProcess.kill(OwnSafekeeper.find(stack, number).pid());
      }
    }
    Json timeline = timeline(victim);
    Http.send(
        "POST",
        "http://127.0.0.1:%d/v1/tenant/%s/timeline/%s/checkpoint"
            .formatted(
                stack.portBase() + 2,
                timeline.at("tenant_id").text(),
                timeline.at("timeline_id").text()),
        "");
    return armed;
  }

  /// A whole segment that the victim is the first to copy: what others copied while it was away is
  /// taken out of the object store again.
  private OwnSafekeeper withSegmentToCopy(Failpoint point) throws SQLException {
    RunningProcess before = OwnSafekeeper.find(stack, victim);
    String segment = segmentName(Lsn.parse(timeline(victim).at("flush_lsn").text()));
    RunningProcess.kill(before.pid());
    switchSegments(1);
    Path copy = awaitCopy(segment);
    TestDirectory.delete(copy);
    return OwnSafekeeper.start(stack, victim, before, environment(point, 1));
  }

  private static String segmentName(Lsn lsn) {
    return String.format(
        Locale.ROOT, "00000001%08X%08X", lsn.value() >>> 32, (lsn.value() & 0xFFFFFFFFL) >> 24);
  }

  private Path awaitCopy(String segment) {
    Path store = stack.data().resolve("object-store");
    return Awaitility.await("a copy of " + segment)
        .atMost(LIMIT)
        .pollInterval(100, TimeUnit.MILLISECONDS)
        .until(
            () -> {
              try (Stream<Path> all = Files.walk(store)) {
                return all.filter(path -> path.getFileName().toString().equals(segment))
                    .findFirst();
              } catch (UncheckedIOException e) {
                return Optional.<Path>empty(); // something vanished while we looked
              }
            },
            Optional::isPresent)
        .orElseThrow();
  }

  /// A greeting with a newer membership, for a timeline that nobody else uses.
  private void tellMembership(TestTimeline timeline) {
    request("POST", timeline, TestTimeline.createBody());
    List<MembershipConfiguration.Member> members =
        List.of(new MembershipConfiguration.Member(new NodeId(victim), "127.0.0.1", 1));
    try (RawConnection connection =
        RawConnection.open("127.0.0.1", stack.portBase() + 1 + 2 * victim, timeline)) {
      ScriptedProposer proposer = new ScriptedProposer(connection, timeline);
      proposer.send(
          new ProposerMessage.Greeting(
              timeline.tenant(),
              timeline.timeline(),
              new MembershipConfiguration(2, members, List.of()),
              TestTimeline.SERVER));
      throw new AssertionError("an answer, although it was killed before: " + proposer.receive());
    } catch (IOException e) {
      System.out.println("Provocation: the connection ended: " + e.getMessage());
    }
  }

  private PendingStatement writeOnTheVictimAlone(Lsn before) throws SQLException {
    stack.source().strings("select pg_switch_wal()");
    PendingStatement pending =
        PendingStatement.send(
            "never acknowledged", stack.source(), "", "insert into ledger_barrier values (0)");
    long nextSegment = before.value() / SEGMENT_BYTES + 1;
    Awaitility.await("the victim has WAL of its own in another segment")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() ->
            Lsn.parse(timeline(victim).at("flush_lsn").text()).value()
                > nextSegment * SEGMENT_BYTES);
    return pending;
  }

  private static void assertStillWaiting(PendingStatement pending) {
    if (pending.isAcknowledged()) {
      throw new AssertionError("acknowledged by one safekeeper of three: " + pending);
    }
  }

  private static int numberOf(RunningProcess safekeeper) {
    String words = String.join(" ", safekeeper.words());
    int at = words.indexOf("safekeeper-") + "safekeeper-".length();
    return Integer.parseInt(words.substring(at, at + 1));
  }

  // ---- HTTP of the safekeepers ----

  private String http(int number) {
    // docs/interfaces.md: N+3/N+4 are safekeeper 1's
    return "http://127.0.0.1:" + (stack.portBase() + 2 + 2 * number);
  }

  /// What a safekeeper says about the stack's timeline.
  private Json timeline(int number) {
    return Json.parse(Http.send("GET", http(number) + "/v1/timeline", ""))
        .at("timelines")
        .list()
        .stream()
        .filter(timeline ->
            !timeline.at("tenant_id").text().equals(TestTimeline.number(1).tenant().toString()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("safekeeper " + number + " has no timeline"));
  }

  /// A request whose answer does not come, because the process is killed while it works on it.
  private void request(String method, TestTimeline timeline, String body) {
    try {
      Http.send(method, http(victim) + timeline.path(), body);
    } catch (AssertionError e) {
      System.out.println("Provocation: " + method + ": " + e.getMessage());
    }
  }
}
