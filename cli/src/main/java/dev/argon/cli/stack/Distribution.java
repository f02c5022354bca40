package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What the launcher has built: `lib/*.jar`, `extension/*.so`, `*.aot` and `build-id`. Processes
/// run from a copy in the data directory, so that a new build does not pull the jars from under
/// them.
public final class Distribution {

  private final Path path;

  private Distribution(Path path) {
    this.path = path;
  }

  /// The one this command was started from.
  public static Distribution current() throws CliException {
    String path = System.getProperty("argon.distribution", "");
    if (path.isEmpty()) {
      throw new CliException("start argon through its launcher, ./argon");
    }
    return new Distribution(Path.of(path));
  }

  String buildId() throws IOException, CliException {
    try {
      return Files.readString(path.resolve("build-id")).strip();
    } catch (NoSuchFileException e) {
      throw new CliException(path + " is not complete: run ./argon up", e);
    }
  }

  /// Copies the build, unless it is there.
  ///
  /// @return the copy's directory
  Path install(Path runtimes) throws IOException, CliException {
    Path target = runtimes.resolve(buildId());
    if (Files.isDirectory(target)) {
      return target;
    }
    Path temporary = runtimes.resolve(buildId() + ".new");
    deleteTree(temporary);
    Files.createDirectories(temporary);
    List<Path> files;
    try (Stream<Path> tree = Files.walk(path)) {
      files = tree.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path copy = temporary.resolve(path.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      // With its time: an AOT cache remembers those of its jars.
      Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    return target;
  }

  /// Deletes the copies that nobody uses any more.
  ///
  /// @param used their directories
  static void deleteUnused(Path runtimes, Set<Path> used) throws IOException {
    List<Path> copies = new ArrayList<>();
    try (Stream<Path> entries = Files.list(runtimes)) {
      entries.filter(copy -> !used.contains(copy)).forEach(copies::add);
    }
    for (Path copy : copies) {
      deleteTree(copy);
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> entries;
    try (Stream<Path> tree = Files.walk(directory)) {
      entries = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path entry : entries) {
      Files.deleteIfExists(entry);
    }
  }
}
