package dev.argon.controlplane.endpoint;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An endpoint's directory: `spec.json`, `launch.json`, `compute.log` and one `start-N` for the
/// newest start.
final class EndpointDirectory {

  private static final String START_PREFIX = "start-";

  private final Path path;

  EndpointDirectory(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  Path spec() {
    return path.resolve("spec.json");
  }

  Path log() {
    return path.resolve("compute.log");
  }

  Path start(long number) {
    return path.resolve(START_PREFIX + number);
  }

  /// Makes the directory of a start; it must not be there.
  Path createStart(long number) throws IOException {
    Files.createDirectories(path);
    return Files.createDirectory(start(number));
  }

  /// Deletes the directories of all starts but one, and what killed servers of them left in shared
  /// memory.
  ///
  /// @param keep its number; 0 deletes all
  void deleteStartsBut(long keep) throws IOException {
    if (!Files.isDirectory(path)) {
      return;
    }
    List<Path> starts;
    try (Stream<Path> entries = Files.list(path)) {
      starts =
          entries
              .filter(entry -> entry.getFileName().toString().startsWith(START_PREFIX))
              .filter(entry -> !entry.equals(start(keep)))
              .toList();
    }
    for (Path start : starts) {
      AbandonedMemory.remove(start);
      deleteTree(start);
    }
  }

  void delete() throws IOException {
    if (Files.isDirectory(path)) {
      deleteStartsBut(0);
      deleteTree(path);
    }
  }

  /// Deletes what is there. Somebody else may be deleting the same: a person who cleans up, or the
  /// end of a process that removes its own files.
  private static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null && !(e instanceof NoSuchFileException)) {
              throw e;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
