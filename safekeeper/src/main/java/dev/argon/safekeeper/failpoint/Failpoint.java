package dev.argon.safekeeper.failpoint;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// A step between two others whose order is durable. A process that was started with
/// `ARGON_FAILPOINT=name:n` in its environment kills itself with SIGKILL when it comes to that step
/// for the n-th time; in any other, [#hit] is a comparison with a constant.
///
/// The names are those of the constants in lower case with hyphens: `wal-sync-before`.
public enum Failpoint {
  /// A control file is to be replaced; nothing was written yet.
  CONTROL_WRITE_BEFORE,
  /// The partial control file has its bytes, which are not durable.
  CONTROL_PARTIAL_WRITTEN,
  /// The partial control file is durable and does not have its name yet.
  CONTROL_RENAME_BEFORE,
  /// The control file has its name, which is not durable.
  CONTROL_RENAME_AFTER,
  /// The control file is durable; nobody knows it yet.
  CONTROL_WRITE_AFTER,

  /// WAL was checked and is not written.
  WAL_WRITE_BEFORE,
  /// WAL is in the file and not durable.
  WAL_WRITE_AFTER,
  WAL_SYNC_BEFORE,
  /// The bytes of a segment are durable; of a new one the name is not.
  WAL_SYNC_AFTER,
  /// All that was appended is durable; the answer was not sent.
  APPEND_REPLY_BEFORE,

  SEGMENT_CREATE_BEFORE,
  /// A segment has its file and its size; nothing is durable.
  SEGMENT_CREATE_AFTER,
  SEGMENT_REMOVE_BEFORE,
  /// A segment's file is gone; that it is, is not durable.
  SEGMENT_REMOVE_AFTER,

  /// A vote is in the control file; the answer was not sent.
  VOTE_REPLY_BEFORE,
  /// A membership that a proposer has told is in the control file; the answer was not sent.
  MEMBERSHIP_REPLY_BEFORE,
  /// A membership of the control plane is in the control file; the answer was not sent.
  MEMBERSHIP_CHANGE_REPLY_BEFORE,
  /// A term that was raised for nobody is in the control file; the answer was not sent.
  TERM_BUMP_REPLY_BEFORE,

  TRUNCATE_BEFORE,
  /// A segment above the cut is gone; others may be there.
  TRUNCATE_SEGMENT_REMOVED,
  /// The last segment ends at the cut and does not have its full size yet.
  TRUNCATE_MIDDLE,
  TRUNCATE_AFTER,
  /// The log is cut; the control file has the history of before.
  HISTORY_BEFORE,
  /// The leader's history is in the control file; no append was taken.
  HISTORY_AFTER,

  /// A new timeline's control file is durable; its directory does not have its name yet.
  TIMELINE_CREATE_MIDDLE,
  /// A deleted timeline has lost its name, and its files are still there.
  TIMELINE_DELETE_MIDDLE,
  /// A timeline is gone from this disk; what this safekeeper has archived for itself is not.
  TIMELINE_DELETE_AFTER,
  /// A tombstone is durable and does not have its name yet.
  TOMBSTONE_RENAME_BEFORE,
  /// A tombstone is durable; the timeline is whole.
  TOMBSTONE_AFTER,

  BACKUP_PUT_BEFORE,
  /// A segment is in the object store; the control file does not say so.
  BACKUP_PUT_AFTER,
  /// The control file says that the last segment's copy may exist; it does not.
  PARTIAL_PUT_BEFORE,
  /// The last segment's copy is in the object store; the control file says that it may be.
  PARTIAL_PUT_AFTER,
  /// An older copy of the last segment is gone; the control file still names it.
  PARTIAL_DELETE_AFTER,
  /// An archived segment was deleted for its age; others may be left.
  EXPIRE_AFTER,

  /// The control file says that a timeline's WAL is evicted; all of it is here.
  EVICT_MARKED,
  /// A segment of an evicted timeline is gone, others may be here.
  EVICT_SEGMENT_REMOVED,
  /// A segment is back from the object store; the control file says that the WAL is evicted.
  RESTORE_SEGMENT_BACK,
  /// All that is needed is back and durable; the control file says that the WAL is evicted.
  RESTORE_PRESENT_BEFORE,

  /// A snapshot has given away its first segment.
  SNAPSHOT_MIDDLE,
  /// A segment of a timeline that is pulled has arrived; nothing is durable.
  PULL_SEGMENT_RECEIVED,
  /// A timeline was pulled and looked through, all is durable; it does not have its name yet.
  PULL_RENAME_BEFORE,
  /// A pulled timeline has its name, which is not durable.
  PULL_RENAME_AFTER;

  /// What names the failpoint of a process.
  public static final String VARIABLE = "ARGON_FAILPOINT";

  /// As it stands in the environment.
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// This step is reached.
  public void hit() {
    if (this == Armed.POINT) {
      Armed.hit();
    }
  }

  /// The failpoint this process was started with, for a line in its log.
  ///
  /// @throws IllegalArgumentException if there is no such failpoint
  public static Optional<String> armed() {
    String text = System.getenv(VARIABLE);
    if (text == null) {
      return Optional.empty();
    }
    Arming.parse(text);
    return Optional.of(text);
  }

  /// Which failpoint, and at which of its hits.
  record Arming(Failpoint point, int hit) {

    static Arming parse(String text) {
      int colon = text.indexOf(':');
      String name = colon < 0 ? text : text.substring(0, colon);
      Failpoint point =
          Arrays.stream(values())
              .filter(value -> value.text().equals(name))
              .findFirst()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "%s: there is no failpoint %s, there are %s"
                          .formatted(
                              VARIABLE,
                              name,
                              Arrays.stream(values())
                                  .map(Failpoint::text)
                                  .collect(Collectors.joining(", ")))));
      int hit = colon < 0 ? 1 : Integer.parseInt(text.substring(colon + 1));
      if (hit < 1) {
        throw new IllegalArgumentException(VARIABLE + ": hits are counted from 1: " + text);
      }
      return new Arming(point, hit);
    }
  }
}
