package dev.argon.safekeeper.control;

import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.wal.Disk;
import dev.argon.safekeeper.wal.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The control file of one timeline on disk.
public final class ControlFile {

  public static final String NAME = "safekeeper.control";

  private static final String PARTIAL_NAME = NAME + ".partial";
  private static final long BYTES_MAX = 64 << 20;

  private final Disk disk;
  private final Path directory;

  public ControlFile(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /// Where the file is, and the WAL beside it.
  public Disk disk() {
    return disk;
  }

  /// Replaces the content, durably.
  public void write(ControlContent content) throws IOException {
    Failpoint.CONTROL_WRITE_BEFORE.hit();
    ByteBuffer bytes = ControlFormat.encode(content);
    Path partial = directory.resolve(PARTIAL_NAME);
    try (FileChannel channel =
        disk.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      Failpoint.CONTROL_PARTIAL_WRITTEN.hit();
      Durable.force(channel, partial, true);
    }
    Failpoint.CONTROL_RENAME_BEFORE.hit();
    disk.rename(partial, directory.resolve(NAME));
    Failpoint.CONTROL_RENAME_AFTER.hit();
    disk.syncDirectory(directory);
    Failpoint.CONTROL_WRITE_AFTER.hit();
  }

  /// @throws java.nio.file.NoSuchFileException if there is none
  /// @throws CorruptDataException if there is one that is not whole
  public ControlContent read() throws IOException, CorruptDataException {
    Path file = directory.resolve(NAME);
    if (disk.sizeBytes(file) > BYTES_MAX) {
      throw new CorruptDataException(file + ": " + disk.sizeBytes(file) + " bytes");
    }
    return ControlFormat.decode(ByteBuffer.wrap(disk.readAll(file)), file.toString());
  }
}
