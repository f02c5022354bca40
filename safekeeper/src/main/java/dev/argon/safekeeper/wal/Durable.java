package dev.argon.safekeeper.wal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Making files and their names durable. A failure to sync is always a [SyncFailedException].
public final class Durable {

  private Durable() {}

  /// Syncs a file's content, with its metadata if `metadata`.
  public static void force(FileChannel channel, Path file, boolean metadata)
      throws SyncFailedException {
    try {
      channel.force(metadata);
    } catch (IOException e) {
      throw new SyncFailedException("cannot sync " + file + ": " + e.getMessage(), e);
    }
  }

  /// Syncs the names in a directory.
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      force(channel, directory, true);
    }
  }

  /// Makes a directory, durable in its parent, which must exist.
  public static void createDirectory(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  /// Whether a write failed because there is no room.
  public static boolean isNoSpace(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("quota exceeded");
  }
}
