package dev.argon.waltools.replay;

import dev.argon.postgres.Lsn;

/// Up to where pages of the base may be newer than the record that is replayed. Behind it, replay
/// is strict: every page must be exactly as old as the record expects.
public sealed interface Consistency {

  /// The server was stopped cleanly: strict from the first record on.
  record FromStart() implements Consistency {}

  /// An online backup: up to the record that says that the backup which began at `startLsn` is
  /// over.
  record AtBackupEnd(long startLsn) implements Consistency {}

  /// A backup of a standby, or a stopped standby: up to an LSN.
  record AtLsn(long lsn) implements Consistency {}

  /// Files of a server that crashed, or ran: nothing tells how new they are, so never before the
  /// end of the log.
  record AtEnd() implements Consistency {}

  /// For the report.
  default String describe() {
    return switch (this) {
      case FromStart() -> "cleanly stopped: strict from the start";
      case AtBackupEnd(long startLsn) ->
          "online backup begun at " + Lsn.toString(startLsn) + ": strict from its end on";
      case AtLsn(long lsn) -> "copy of a standby: strict from " + Lsn.toString(lsn) + " on";
      case AtEnd() ->
          "not cleanly stopped: pages may be newer than the record up to the end of the log";
    };
  }
}
