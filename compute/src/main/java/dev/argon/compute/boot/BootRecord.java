package dev.argon.compute.boot;

import dev.argon.pageservice.BootMessage;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import java.util.Optional;

/// The shutdown checkpoint record PostgreSQL boots from.
///
/// @param wal its bytes, from where the record before ends to its own end E
/// @param checkPoint its body
public record BootRecord(FramedWal wal, CheckPoint checkPoint) {

  static final int TIMELINE = 1;

  /// The record that already ends the log, made again from what the pageserver knows of it.
  ///
  /// @return empty if the log ends in another record
  public static Optional<BootRecord> ofLogEnd(BootContents contents, WalLayout layout) {
    BootMessage.Begin begin = contents.begin();
    long start = begin.lastRecordStartLsn();
    if (!begin.lastRecordIsShutdownCheckpoint() || start == 0) {
      return Optional.empty();
    }
    FramedWal wal =
        WalRecordWriter.shutdownCheckpoint(
            contents.checkPoint(),
            start,
            begin.lastRecordPrevLsn(),
            contents.checkPoint().timeSeconds(),
            TIMELINE,
            layout);
    if (wal.endLsn() != begin.lsn()) {
      return Optional.empty();
    }
    return Optional.of(new BootRecord(wal, contents.checkPoint().withRedo(wal.recordLsn())));
  }

  /// A new record, to stand right behind the end of the log.
  ///
  /// @param timeSeconds when, in seconds since 1970
  public static BootRecord atLogEnd(BootContents contents, WalLayout layout, long timeSeconds) {
    BootMessage.Begin begin = contents.begin();
    long lsn = begin.lsn();
    long previous = begin.lastRecordStartLsn();
    CheckPoint state = withoutFullPageWrites(contents.checkPoint());
    FramedWal wal =
        WalRecordWriter.shutdownCheckpoint(
            state,
            lsn,
            // Any lower position does where the last record's start is not known.
            previous == 0 ? lsn - WalLayout.ALIGNMENT : previous,
            timeSeconds,
            TIMELINE,
            layout);
    return new BootRecord(wal, state.asShutdownAt(wal.recordLsn(), timeSeconds));
  }

  /// A compute's server never writes them, and says so from its first record on.
  private static CheckPoint withoutFullPageWrites(CheckPoint state) {
    return new CheckPoint(
        state.redo(),
        state.timeline(),
        state.previousTimeline(),
        false,
        state.nextXid(),
        state.nextOid(),
        state.nextMulti(),
        state.nextMultiOffset(),
        state.oldestXid(),
        state.oldestXidDatabase(),
        state.oldestMulti(),
        state.oldestMultiDatabase(),
        state.timeSeconds(),
        state.oldestCommitTsXid(),
        state.newestCommitTsXid(),
        state.oldestActiveXid());
  }

  /// X: where the record starts.
  public Lsn start() {
    return new Lsn(wal.recordLsn());
  }

  /// E: where PostgreSQL goes on.
  public Lsn end() {
    return new Lsn(wal.endLsn());
  }
}
