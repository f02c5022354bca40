package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.wal.WalRecord;

/// XLOG: checkpoints, settings, images (pg_control.h, xlog_internal.h).
final class XlogDescription implements RecordDescription {

  private static final int CHECKPOINT_SHUTDOWN = 0x00;
  private static final int CHECKPOINT_ONLINE = 0x10;

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case CHECKPOINT_SHUTDOWN -> "CHECKPOINT_SHUTDOWN";
      case CHECKPOINT_ONLINE -> "CHECKPOINT_ONLINE";
      case 0x20 -> "NOOP";
      case 0x30 -> "NEXTOID";
      case 0x40 -> "SWITCH";
      case 0x50 -> "BACKUP_END";
      case 0x60 -> "PARAMETER_CHANGE";
      case 0x70 -> "RESTORE_POINT";
      case 0x80 -> "FPW_CHANGE";
      case 0x90 -> "END_OF_RECOVERY";
      case 0xA0 -> "FPI_FOR_HINT";
      case 0xB0 -> "FPI";
      case 0xD0 -> "OVERWRITE_CONTRECORD";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);
    switch (record.info()) {
      case CHECKPOINT_SHUTDOWN, CHECKPOINT_ONLINE -> describeCheckPoint(record, text);
      case 0x30 -> text.unsigned(data.integer(0));
      case 0x50 -> text.lsn(data.longInteger(0));
      case 0x60 -> describeParameters(data, text);
      case 0x70 -> text.add(data.text(8));
      case 0x80 -> text.add(data.flag(0) ? "true" : "false");
      case 0x90 -> {
        text.add("tli ").unsigned(data.integer(8)).add("; prev tli ").unsigned(data.integer(12));
        text.add("; time ").time(data.longInteger(0));
      }
      case 0xD0 -> {
        text.add("lsn ").lsn(data.longInteger(0));
        text.add("; time ").time(data.longInteger(8));
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  private static void describeCheckPoint(WalRecord record, DescriptionText text)
      throws CorruptDataException {
    CheckPoint checkPoint =
        CheckPoint.read(record.bytes(), record.mainDataOffset(), record.mainDataLength());
    text.add("redo ").lsn(checkPoint.redo());
    text.add("; tli ").unsigned(checkPoint.timeline());
    text.add("; prev tli ").unsigned(checkPoint.previousTimeline());
    text.add("; fpw ").add(checkPoint.fullPageWrites() ? "true" : "false");
    text.add("; xid ").fullTransactionId(checkPoint.nextXid());
    text.add("; oid ").unsigned(checkPoint.nextOid());
    text.add("; multi ").unsigned(checkPoint.nextMulti());
    text.add("; offset ").unsigned(checkPoint.nextMultiOffset());
    text.add("; oldest xid ").unsigned(checkPoint.oldestXid());
    text.add(" in DB ").unsigned(checkPoint.oldestXidDatabase());
    text.add("; oldest multi ").unsigned(checkPoint.oldestMulti());
    text.add(" in DB ").unsigned(checkPoint.oldestMultiDatabase());
    text.add("; oldest/newest commit timestamp xid: ").unsigned(checkPoint.oldestCommitTsXid());
    text.add('/').unsigned(checkPoint.newestCommitTsXid());
    text.add("; oldest running xid ").unsigned(checkPoint.oldestActiveXid());
    text.add(record.info() == CHECKPOINT_SHUTDOWN ? "; shutdown" : "; online");
  }

  /// `xl_parameter_change`.
  private static void describeParameters(RecordFields data, DescriptionText text)
      throws CorruptDataException {
    text.add("max_connections=").signed(data.integer(0));
    text.add(" max_worker_processes=").signed(data.integer(4));
    text.add(" max_wal_senders=").signed(data.integer(8));
    text.add(" max_prepared_xacts=").signed(data.integer(12));
    text.add(" max_locks_per_xact=").signed(data.integer(16));
    text.add(" wal_level=");
    switch (data.integer(20)) {
      case 0 -> text.add("minimal");
      case 1 -> text.add("replica");
      case 2 -> text.add("logical");
      default -> text.add("?");
    }
    text.add(" wal_log_hints=").add(data.flag(24) ? "on" : "off");
    text.add(" track_commit_timestamp=").add(data.flag(25) ? "on" : "off");
  }
}
