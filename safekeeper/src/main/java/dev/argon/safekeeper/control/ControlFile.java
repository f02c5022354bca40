package dev.argon.safekeeper.control;

import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.wal.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// The control file of one timeline on disk.
public final class ControlFile {

  public static final String NAME = "safekeeper.control";

  private static final String PARTIAL_NAME = NAME + ".partial";
  private static final long BYTES_MAX = 64 << 20;

  private final Path directory;

  public ControlFile(Path directory) {
    this.directory = directory;
  }

  /// Replaces the content, durably.
  public void write(ControlContent content) throws IOException {
    Failpoint.CONTROL_WRITE_BEFORE.hit();
    ByteBuffer bytes = ControlFormat.encode(content);
    Path partial = directory.resolve(PARTIAL_NAME);
    try (FileChannel channel =
        FileChannel.open(
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
    Files.move(partial, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    Failpoint.CONTROL_RENAME_AFTER.hit();
    Durable.syncDirectory(directory);
    Failpoint.CONTROL_WRITE_AFTER.hit();
  }

  /// @throws java.nio.file.NoSuchFileException if there is none
  /// @throws CorruptDataException if there is one that is not whole
  public ControlContent read() throws IOException, CorruptDataException {
    Path file = directory.resolve(NAME);
    if (Files.size(file) > BYTES_MAX) {
      throw new CorruptDataException(file + ": " + Files.size(file) + " bytes");
    }
    return ControlFormat.decode(ByteBuffer.wrap(Files.readAllBytes(file)), file.toString());
  }
}
