package dev.argon.safekeeper.timeline;

import dev.argon.safekeeper.wal.Durable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Whole directories.
final class Directories {

  private Directories() {}

  /// Deletes a directory with everything in it; nothing if there is none. Not durable.
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    for (Path path : all(directory)) {
      Files.delete(path);
    }
  }

  private static List<Path> all(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }

  /// Makes all files in a directory and their names durable.
  static void sync(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          Durable.force(channel, file, true);
        }
      }
    }
    Durable.syncDirectory(directory);
  }
}
