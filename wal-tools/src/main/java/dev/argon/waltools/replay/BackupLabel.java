package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The file `backup_label` of an online backup (`build_backup_content`, xlogbackup.c).
///
/// @param startLsn where replay starts
/// @param checkPointLsn the checkpoint record that was written when the backup began
/// @param fromStandby whether a standby was backed up: then no record marks the backup's end
record BackupLabel(long startLsn, long checkPointLsn, int timeline, boolean fromStandby) {

  private static final Pattern START =
      Pattern.compile("START WAL LOCATION: ([0-9A-F/]+) \\(file ([0-9A-F]{8})[0-9A-F]{16}\\)");
  private static final Pattern CHECKPOINT = Pattern.compile("CHECKPOINT LOCATION: ([0-9A-F/]+)");

  static BackupLabel parse(String text) throws CorruptDataException {
    Matcher start = START.matcher(text);
    Matcher checkPoint = CHECKPOINT.matcher(text);
    if (!start.find() || !checkPoint.find()) {
      throw new CorruptDataException("backup_label does not say where the backup began");
    }
    try {
      return new BackupLabel(
          Lsn.parse(start.group(1)).value(),
          Lsn.parse(checkPoint.group(1)).value(),
          Integer.parseUnsignedInt(start.group(2), 16),
          text.contains("BACKUP FROM: standby"));
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("backup_label: " + e.getMessage(), e);
    }
  }
}
