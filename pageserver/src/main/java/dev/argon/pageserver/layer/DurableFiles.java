package dev.argon.pageserver.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Files that must survive a loss of power. A failed fsync is final: what the kernel has dropped it
/// will not report twice, so it is an error of its own that ends the process.
public final class DurableFiles {

  /// The disk did not take what was written.
  public static final class FsyncFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    FsyncFailedException(Path path, IOException cause) {
      super("fsync failed on " + path + ": " + cause.getMessage(), cause);
    }
  }

  private DurableFiles() {}

  /// Forces a file's content.
  ///
  /// @throws FsyncFailedException if that fails
  public static void force(FileChannel channel, Path path) {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw new FsyncFailedException(path, e);
    }
  }

  /// Forces the names in a directory.
  ///
  /// @throws FsyncFailedException if that fails
  public static void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      force(channel, directory);
    }
  }

  /// Makes a directory and what is missing above it, durably.
  public static void createDirectories(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (Files.isDirectory(directory) || parent == null) {
      return;
    }
    createDirectories(parent);
    Files.createDirectories(directory);
    forceDirectory(parent);
  }

  /// Replaces a file's content: after a crash it is the old or the new one.
  public static void replace(Path path, byte[] content) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      force(channel, temporary);
    }
    Files.move(
        temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path parent = path.getParent();
    if (parent != null) {
      forceDirectory(parent);
    }
  }
}
