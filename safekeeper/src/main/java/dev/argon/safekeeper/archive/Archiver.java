package dev.argon.safekeeper.archive;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration.Member;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.PartialSegment;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.timeline.Timeline;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Archives one timeline after the other, a step at a time. For one thread.
///
/// A safekeeper whose turn it is puts a whole segment; the others find it there. Turns are by
/// position among the members, begun at another one for each timeline; who comes later waits a
/// little longer before it puts what is still missing. So no election is needed that could fail
/// with the one who was elected, each segment is normally put once, and twice does no harm: the
/// bytes are the same.
final class Archiver {

  private static final System.Logger LOGGER = System.getLogger(Archiver.class.getName());

  /// Segments below the one with the horizon that are kept all the same, here and in the object
  /// store: the scan of a start begins there, and so does what comes back after an eviction.
  static final int SEGMENTS_KEPT = 2;

  private final NodeId node;
  private final WalArchive archive;
  private final ArchiveSettings settings;

  /// Since when a segment could be put by us, by timeline.
  private final Map<TimelineKey, Long> waitingSinceMillis = new ConcurrentHashMap<>();

  Archiver(NodeId node, WalArchive archive, ArchiveSettings settings) {
    this.node = node;
    this.archive = archive;
    this.settings = settings;
  }

  /// Does what can be done now.
  ///
  /// @param idleMillis how long nothing has changed about the timeline
  /// @param nowMillis of a clock that goes on steadily
  /// @return whether nothing is left to do before something changes
  boolean visit(Timeline timeline, long idleMillis, long nowMillis) throws IOException {
    boolean isWhole = putWhole(timeline, nowMillis);
    removeLocal(timeline);
    if (!isWhole) {
      return false;
    }
    waitingSinceMillis.remove(timeline.key());
    if (timeline.archive().evictedLsn().isPresent() || isUnwritten(timeline)) {
      return true;
    }
    if (idleMillis < settings.partialIdle()) {
      return false;
    }
    if (!putPartial(timeline)) {
      return false;
    }
    timeline.rest();
    if (settings.evictionIdle() < 0 || !isAllElsewhere(timeline)) {
      return true;
    }
    return idleMillis >= settings.evictionIdle() && evict(timeline);
  }

  private static boolean isUnwritten(Timeline timeline) {
    AcceptorState state = timeline.state();
    return state.flushLsn().equals(state.control().timelineStartLsn());
  }

  /// @return whether all whole segments below the persisted commit LSN are in the object store
  private boolean putWhole(Timeline timeline, long nowMillis) throws IOException {
    WalLayout layout = timeline.wal().layout();
    ControlState control = timeline.persisted();
    long end = layout.segmentNumber(control.commitLsn().value());
    for (long number = layout.segmentNumber(control.backupLsn().value()); number < end; number++) {
      if (!archive.hasSegment(timeline, number)) {
        Long since = waitingSinceMillis.putIfAbsent(timeline.key(), nowMillis);
        long waited = since == null ? 0 : nowMillis - since;
        if (waited < turn(timeline) * settings.turnWait()) {
          return false;
        }
        Failpoint.BACKUP_PUT_BEFORE.hit();
        archive.putSegment(timeline, number);
        Failpoint.BACKUP_PUT_AFTER.hit();
      }
      timeline.checkpoint(new Lsn(layout.segmentStart(number + 1)));
    }
    return true;
  }

  /// How many members come before this one; 0 for one that is no member.
  private int turn(Timeline timeline) {
    List<Member> members = timeline.persisted().membership().members();
    int first = Math.floorMod(timeline.key().timeline().low(), members.size());
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).id().equals(node)) {
        return Math.floorMod(i - first, members.size());
      }
    }
    return 0;
  }

  /// The first segment that may not be removed: below is, according to the control file, in the
  /// object store, not needed by the pageserver any more, and committed.
  private static long keepFrom(Timeline timeline) {
    ControlState control = timeline.persisted();
    Lsn horizon =
        Lsn.min(control.commitLsn(), Lsn.min(control.remoteConsistentLsn(), control.backupLsn()));
    return timeline.wal().layout().segmentNumber(horizon.value()) - SEGMENTS_KEPT;
  }

  private static void removeLocal(Timeline timeline) throws IOException {
    long keepFrom = keepFrom(timeline);
    boolean _ =
        timeline
            .users()
            .whileNotCopied(() -> {
              for (long number : timeline.wal().segments()) {
                if (number < keepFrom) {
                  timeline.wal().remove(number);
                }
              }
            });
  }

  /// Deletes what is old enough and not needed in the object store.
  ///
  /// @return whether there will be more to delete when time goes on
  boolean expire(Timeline timeline, long nowMillis) throws IOException {
    long keepFrom = keepFrom(timeline);
    if (settings.retention() < 0 || keepFrom <= 0) {
      return false;
    }
    return archive.expire(timeline, keepFrom, nowMillis - settings.retention());
  }

  /// @return whether the object store has the log's last segment as it is now
  private boolean putPartial(Timeline timeline) throws IOException {
    AcceptorState state = timeline.state();
    if (timeline.wal().layout().segmentOffset(state.flushLsn().value()) == 0) {
      timeline.changeArchive(ArchiveState::deletingAll);
      deleteOld(timeline);
      return true;
    }
    PartialSegment partial = current(timeline, state);
    Optional<PartialSegment> uploaded = timeline.archive().uploaded();
    if (uploaded.isEmpty() || !uploaded.get().name().equals(partial.name())) {
      timeline.changeArchive(archived -> archived.beginning(partial));
      Failpoint.PARTIAL_PUT_BEFORE.hit();
      archive.putPartial(timeline, partial);
      Failpoint.PARTIAL_PUT_AFTER.hit();
      if (!current(timeline, timeline.state()).name().equals(partial.name())) {
        return false; // the log has changed meanwhile: what was put is replaced later
      }
      timeline.changeArchive(archived -> archived.finished(partial));
      LOGGER.log(Level.INFO, "timeline {0}: {1} is archived", timeline.key(), partial.name());
    }
    deleteOld(timeline);
    return true;
  }

  private PartialSegment current(Timeline timeline, AcceptorState state) {
    long number = timeline.wal().layout().segmentNumber(state.flushLsn().value());
    return PartialSegment.of(
        WalArchive.segmentName(timeline, number),
        state.lastLogTerm(),
        state.flushLsn(),
        state.commitLsn(),
        node);
  }

  private void deleteOld(Timeline timeline) throws IOException {
    for (PartialSegment partial : timeline.archive().partials()) {
      if (partial.status() == PartialSegment.Status.DELETING) {
        archive.delete(timeline.key(), partial.name());
        Failpoint.PARTIAL_DELETE_AFTER.hit();
        timeline.changeArchive(archived -> archived.without(partial.name()));
      }
    }
  }

  /// Whether all is committed, and nobody needs this disk's copy.
  private static boolean isAllElsewhere(Timeline timeline) {
    ControlState control = timeline.persisted();
    Lsn flush = timeline.state().flushLsn();
    return control.flushLsn().equals(flush)
        && control.commitLsn().equals(flush)
        && control.remoteConsistentLsn().isAtLeast(flush)
        && control.backupLsn().isAtLeast(WalArchive.segmentStart(timeline, flush));
  }

  private boolean evict(Timeline timeline) throws IOException {
    return timeline
        .users()
        .whileUnused(() -> {
          AcceptorState state = timeline.state();
          Optional<PartialSegment> uploaded = timeline.archive().uploaded();
          boolean isTailNeeded =
              timeline.wal().layout().segmentOffset(state.flushLsn().value()) > 0;
          if (isTailNeeded) {
            if (uploaded.isEmpty() || !uploaded.get().flushLsn().equals(state.flushLsn())) {
              return; // has changed since we looked, and will be looked at again
            }
            if (!archive.equalsLocal(timeline, uploaded.get())) {
              throw new IOException(
                  "what is archived as "
                      + uploaded.get().name()
                      + " differs from the local WAL, which is kept");
            }
          }
          timeline.rest();
          timeline.changeArchive(archived -> archived.evicted(state.flushLsn()));
          Failpoint.EVICT_MARKED.hit();
          for (long number : timeline.wal().segments()) {
            timeline.wal().remove(number);
            Failpoint.EVICT_SEGMENT_REMOVED.hit();
          }
          LOGGER.log(
              Level.INFO, "timeline {0}: its WAL is only in the object store now", timeline.key());
        });
  }
}
