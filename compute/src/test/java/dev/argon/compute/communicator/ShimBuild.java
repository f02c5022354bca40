package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Builds of the shim that differ from the product's.
final class ShimBuild {

  private static final Path EXTENSION = Path.of("extension").toAbsolutePath();

  private ShimBuild() {}

  /// With other constants.
  ///
  /// @param directory does not exist yet
  /// @param flags for the compiler
  static Path with(Path directory, String flags) throws IOException, InterruptedException {
    copy(directory);
    return make(directory, flags);
  }

  /// With a fault.
  ///
  /// @param patch of the repository's root
  static Path planted(Path directory, Path patch) throws IOException, InterruptedException {
    copy(directory);
    run(
        "patch",
        "--silent",
        "-p3",
        "-d",
        directory.toString(),
        "-i",
        patch.toAbsolutePath().toString());
    return make(directory, "");
  }

  private static void copy(Path directory) throws IOException {
    Files.createDirectory(directory);
    try (Stream<Path> files = Files.list(EXTENSION)) {
      List<Path> sources =
          files.filter(file -> file.toString().matches(".*(\\.[ch]|/Makefile)")).toList();
      for (Path source : sources) {
        Files.copy(source, directory.resolve(EXTENSION.relativize(source)));
      }
    }
  }

  private static Path make(Path directory, String flags) throws IOException, InterruptedException {
    run("make", "-s", "-C", directory.toString(), "COPT=" + flags);
    run("chmod", "-R", "a+rX", directory.toString());
    return directory.resolve("neon");
  }
}
