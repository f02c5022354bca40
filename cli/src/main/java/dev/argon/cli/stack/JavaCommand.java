package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// How to run the stack's programs from a copy of the build.
///
/// @param runtime the copy's directory
/// @param data the stack's directory; it stands on each command line as `-Dargon.data=`, by which
///   `down` finds what is left
record JavaCommand(Path runtime, Path data) {

  static final String DATA_PROPERTY = "-Dargon.data=";

  /// Threads of Java's lowest priority, for work that can wait, get 5 of the kernel's nice levels:
  /// where processors are scarce a third of what others get, which is enough not to fall behind for
  /// ever. Without this the JVM gives all threads the same. All others stay as they are. What the
  /// JVM warns of is that only root may put threads before others, and that is not done.
  private static final List<String> PRIORITIES =
      List.of(
          "-XX:ThreadPriorityPolicy=1",
          "-XX:-PrintWarnings",
          "-XX:JavaPriority1_To_OSPriority=5",
          "-XX:CompilerThreadPriority=0",
          "-XX:VMThreadPriority=0",
          "-XX:JavaPriority8_To_OSPriority=0",
          "-XX:JavaPriority9_To_OSPriority=0",
          "-XX:JavaPriority10_To_OSPriority=0");

  List<String> command(List<String> jvmOptions, String mainClass) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(PRIORITIES);
    command.add("-XX:+UseCompactObjectHeaders");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    Path cache = runtime.resolve("argon.aot");
    if (Files.exists(cache)) {
      command.add("-XX:AOTCache=" + cache);
      command.add("-Xlog:disable");
      command.add("-Xlog:all=warning,aot*=off,cds*=off:stderr");
    }
    command.add(DATA_PROPERTY + data);
    command.add("-Dargon.runtime=" + runtime);
    command.add("-cp");
    command.add(runtime.resolve("lib").resolve("argon.jar").toString());
    command.add(mainClass);
    return command;
  }

  /// The shim's path without `.so`.
  String extensionLibrary() {
    try (Stream<Path> entries = Files.list(runtime.resolve("extension"))) {
      return entries
          .map(Path::toString)
          .filter(name -> name.endsWith(".so"))
          .map(name -> name.substring(0, name.length() - ".so".length()))
          .findFirst()
          .orElse(runtime.resolve("extension").resolve("neon").toString());
    } catch (IOException e) {
      return runtime.resolve("extension").resolve("neon").toString();
    }
  }

  /// @throws CliException if the part in C was not built
  void checkExtension() throws CliException {
    if (!Files.exists(Path.of(extensionLibrary() + ".so"))) {
      throw new CliException(
          "the extension was not built: run ./argon up again and see its output");
    }
  }
}
