package dev.argon.compute.boot;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.util.Optional;

/// The last step: what makes a directory full of files one that PostgreSQL boots from at a boot
/// record.
public final class BootPoint {

  private final DataDirectory directory;
  private final WalLayout layout;

  public BootPoint(DataDirectory directory, WalLayout layout) {
    this.directory = directory;
    this.layout = layout;
  }

  /// The layout of the timeline's WAL, from its control file.
  public static WalLayout layoutOf(BootContents contents) throws CorruptDataException {
    ControlFile control = ControlFile.read(contents.controlFile());
    WalLayout usual = WalLayout.v15(contents.begin().systemId());
    if (control.systemIdentifier() != contents.begin().systemId()) {
      throw new CorruptDataException(
          "the control file is of system "
              + Long.toUnsignedString(control.systemIdentifier())
              + ", the timeline of "
              + Long.toUnsignedString(contents.begin().systemId()));
    }
    try {
      return new WalLayout(usual.version(), control.walSegmentSize(), contents.begin().systemId());
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("control file: " + e.getMessage(), e);
    }
  }

  /// Writes the control file and the WAL.
  ///
  /// @param parameters to stand in the control file instead of those of its origin
  public void write(
      BootContents contents,
      BootRecord record,
      Optional<ServerParameters> parameters,
      long timeSeconds)
      throws IOException, CorruptDataException {
    ControlFile control =
        ControlFile.read(contents.controlFile())
            .shutDownAt(record.start().value(), record.checkPoint(), timeSeconds);
    if (parameters.isPresent()) {
      control = control.withParameters(parameters.get());
    }
    directory.file(BootContents.CONTROL_FILE, control.toFile());
    BootSegment.write(directory.path().resolve("pg_wal"), record, layout);
  }

  /// Writes the control file of a replica that begins to replay where a checkpoint of the running
  /// primary says. It reads all WAL, that checkpoint's record too, from its source.
  ///
  /// @param checkPointLsn where the record begins
  /// @param checkPoint its body; the files are as of its redo
  public void writeRecovering(
      BootContents contents, Lsn checkPointLsn, CheckPoint checkPoint, long timeSeconds)
      throws IOException, CorruptDataException {
    directory.file(
        BootContents.CONTROL_FILE,
        ControlFile.read(contents.controlFile())
            .recoveringFrom(checkPointLsn.value(), checkPoint, timeSeconds)
            .toFile());
  }

  /// Makes the server a standby: it opens for reading, and stays where it is if it has no source of
  /// WAL.
  public void readOnly() throws IOException, CorruptDataException {
    directory.file("standby.signal", "");
  }
}
