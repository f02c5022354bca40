package dev.argon.it.safekeeper;

import dev.argon.it.check.Ledger;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.postgres.Lsn;
import dev.argon.safekeeper.failpoint.Failpoint;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// Starts one safekeeper of a stack anew so that it kills itself at a failpoint, and does what
/// makes it come to that point.
final class Provocation {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long SEGMENT_BYTES = 16 << 20;

  private final Stack stack;
  private final Ledger ledger;
  private final Failpoint point;
  private final int victim;
  private final SideProvocation side;

  /// @param ledger running
  /// @param victim the safekeeper's number
  Provocation(Stack stack, Ledger ledger, Failpoint point, int victim) {
    this.stack = stack;
    this.ledger = ledger;
    this.point = point;
    this.victim = victim;
    side = new SideProvocation(stack, victim, point);
  }

  /// @return the safekeeper, which is dead or about to die
  OwnSafekeeper reach() throws SQLException {
    return switch (point) {
      // a handful of appends and of control files, so that it dies in the middle of them
      case WAL_WRITE_BEFORE,
          WAL_WRITE_AFTER,
          WAL_SYNC_BEFORE,
          WAL_SYNC_AFTER,
          APPEND_REPLY_BEFORE ->
          armed(40);
      case CONTROL_WRITE_BEFORE,
          CONTROL_PARTIAL_WRITTEN,
          CONTROL_RENAME_BEFORE,
          CONTROL_RENAME_AFTER,
          CONTROL_WRITE_AFTER ->
          armed(3);
      case SEGMENT_CREATE_BEFORE, SEGMENT_CREATE_AFTER -> {
        OwnSafekeeper armed = armed(1);
        switchSegments(1);
        yield armed;
      }
      case VOTE_REPLY_BEFORE -> {
        OwnSafekeeper armed = armed(1);
        awaitConnected(armed);
        RunningProcess.kill(stack.jvms("ComputeMain").getFirst().pid());
        yield armed;
      }
      case HISTORY_AFTER -> armed(1);
      // the first time is at the start, when a torn end would be cut off
      case TRUNCATE_BEFORE, TRUNCATE_MIDDLE, TRUNCATE_AFTER -> withLogToCut(2);
      case TRUNCATE_SEGMENT_REMOVED, HISTORY_BEFORE -> withLogToCut(1);
      case SEGMENT_REMOVE_BEFORE, SEGMENT_REMOVE_AFTER -> withSegmentsToRemove(armed(1));
      case BACKUP_PUT_BEFORE,
          BACKUP_PUT_AFTER,
          MEMBERSHIP_REPLY_BEFORE,
          MEMBERSHIP_CHANGE_REPLY_BEFORE,
          TERM_BUMP_REPLY_BEFORE,
          TIMELINE_CREATE_MIDDLE,
          TIMELINE_DELETE_MIDDLE,
          TIMELINE_DELETE_AFTER,
          TOMBSTONE_RENAME_BEFORE,
          TOMBSTONE_AFTER,
          PARTIAL_PUT_BEFORE,
          PARTIAL_PUT_AFTER,
          PARTIAL_DELETE_AFTER,
          EXPIRE_AFTER,
          EVICT_MARKED,
          EVICT_SEGMENT_REMOVED,
          RESTORE_SEGMENT_BACK,
          RESTORE_PRESENT_BEFORE,
          SNAPSHOT_MIDDLE,
          PULL_SEGMENT_RECEIVED,
          PULL_RENAME_BEFORE,
          PULL_RENAME_AFTER ->
          side.reach();
    };
  }

  /// To be called when the stack is whole again.
  void verify() {
    side.verify();
  }

  private OwnSafekeeper armed(int hit) {
    return OwnSafekeeper.replace(stack, victim, environment(hit));
  }

  private Map<String, String> environment(int hit) {
    return Map.of(Failpoint.VARIABLE, point.text() + ":" + hit);
  }

  /// Waits until the victim takes part again, or has come to its point already.
  private void awaitConnected(OwnSafekeeper armed) {
    Lsn commit = Lsn.parse(timeline(victim % 3 + 1).at("commit_lsn").text());
    Awaitility.await("safekeeper " + victim + " takes part")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .ignoreExceptionsInstanceOf(AssertionError.class)
        .until(() ->
            armed.hasEnded()
                || Lsn.parse(timeline(victim).at("flush_lsn").text()).isAtLeast(commit));
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
  private OwnSafekeeper withLogToCut(int hit) throws SQLException {
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
    return OwnSafekeeper.start(stack, victim, before, environment(hit));
  }

  /// Lets the pageserver have everything durable, and say so to the victim, the only safekeeper
  /// that is left to say it to. If the pageserver did so before, the victim has ended early.
  private OwnSafekeeper withSegmentsToRemove(OwnSafekeeper armed) throws SQLException {
    awaitConnected(armed);
    switchSegments(5);
    awaitConnected(armed);
    Json timeline = timeline(victim % 3 + 1);
    for (int number = 1; number <= 3; number++) {
      if (number != victim) {
        RunningProcess.kill(OwnSafekeeper.find(stack, number).pid());
      }
    }
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

  /// What a safekeeper says about the stack's timeline.
  private Json timeline(int number) {
    return KeeperAddress.inStack(stack, number)
        .http("GET", "/v1/timeline", "")
        .at("timelines")
        .list()
        .stream()
        .filter(timeline ->
            !timeline.at("tenant_id").text().equals(TestTimeline.number(1).tenant().toString()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("safekeeper " + number + " has no timeline"));
  }
}
