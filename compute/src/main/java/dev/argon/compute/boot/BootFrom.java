package dev.argon.compute.boot;

import dev.argon.pageservice.StandbyStart;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import java.util.Optional;

/// The checkpoint that a server boots from.
public sealed interface BootFrom {

  /// A shutdown checkpoint; its record is in the local WAL.
  record Shutdown(BootRecord record) implements BootFrom {}

  /// A checkpoint that a running primary made; a replica reads its record from its source.
  ///
  /// @param startLsn where the record begins
  record Running(Lsn startLsn, CheckPoint checkPoint) implements BootFrom {}

  /// Where the server goes on, or begins to replay.
  default Lsn goesOnAt() {
    return switch (this) {
      case Shutdown(BootRecord record) -> record.end();
      case Running(Lsn _, CheckPoint checkPoint) -> new Lsn(checkPoint.redo());
    };
  }

  /// Up to where a source must have WAL for a replica to begin with it.
  ///
  /// @param start what `of` was given
  default Lsn needed(StandbyStart start, WalLayout layout) {
    return switch (this) {
      case Shutdown(BootRecord _) -> start.filesLsn();
      // All checkpoint records have the same length.
      case Running(Lsn startLsn, CheckPoint checkPoint) ->
          new Lsn(
              WalRecordWriter.shutdownCheckpoint(
                      checkPoint, startLsn.value(), 0, 0, BootRecord.TIMELINE, layout)
                  .endLsn());
    };
  }

  default String describe() {
    return switch (this) {
      case Shutdown(BootRecord record) -> "behind a shutdown checkpoint at " + record.start();
      case Running(Lsn startLsn, CheckPoint _) ->
          "the redo position of a running primary's checkpoint at " + startLsn;
    };
  }

  /// What a replica begins from. If no checkpoint is in the timeline's own WAL yet, its first
  /// record will be a shutdown checkpoint, as the first primary makes it, at the very place and of
  /// the length of the one made here.
  ///
  /// @param contents as of where the pageserver said
  static BootFrom of(StandbyStart start, BootContents contents, WalLayout layout) {
    Optional<StandbyStart.Online> online = start.online();
    if (online.isPresent()) {
      return new Running(online.get().startLsn(), online.get().checkPoint());
    }
    return new Shutdown(
        BootRecord.ofLogEnd(contents, layout)
            .orElseGet(
                () -> BootRecord.atLogEnd(contents, layout, contents.checkPoint().timeSeconds())));
  }
}
