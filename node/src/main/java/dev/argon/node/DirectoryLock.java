package dev.argon.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Holds a directory for one process: a lock of the operating system on a file in it, which is gone
/// with the process however that ends. The file names the holder for the error of the second one.
public final class DirectoryLock implements AutoCloseable {

  /// The lock file of a process's own directory.
  public static final String FILE_NAME = "lock";

  private static final int HOLDER_SIZE_MAX = 200;

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /// Takes the lock of a process's directory, which is created if needed.
  ///
  /// @throws ExitException if another process holds it
  public static DirectoryLock take(Path directory) throws IOException, ExitException {
    return take(directory, FILE_NAME, "process");
  }

  /// @param fileName the file to lock
  /// @param who what the holder is called in the error of the second one
  public static DirectoryLock take(Path directory, String fileName, String who)
      throws IOException, ExitException {
    Files.createDirectories(directory);
    FileChannel channel =
        FileChannel.open(
            directory.resolve(fileName),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw new ExitException(
            ExitException.COULD_NOT_START,
            "another " + who + " (pid " + holder(channel) + ") is using " + directory);
      }
      channel.truncate(0);
      ByteBuffer pid =
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII));
      channel.write(pid, 0);
      return new DirectoryLock(channel);
    } catch (IOException | ExitException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // This JVM holds it already.
      return null;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(HOLDER_SIZE_MAX);
    channel.read(text, 0);
    String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
    return pid.isEmpty() ? "not known" : pid;
  }

  /// Gives the directory free. The file stays: removing it would let two holders lock two files.
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
