package dev.argon.it.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A library in C for `LD_PRELOAD`, made by the test that needs it.
public final class NativeLibrary {

  private NativeLibrary() {}

  /// @param library the file to make
  /// @param link what it is linked with, as in `-ldl`
  /// @param sources names below `src/test/native`
  public static void compile(Path library, String link, List<String> sources) {
    List<String> command = new ArrayList<>(List.of("gcc", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-fPIC", "-shared", "-o", library.toString()));
    Path directory =
        Path.of(System.getProperty("argon.root", ".."), "integration-tests/src/test/native");
    for (String source : sources) {
      command.add(directory.resolve(source).toAbsolutePath().toString());
    }
    command.add(link);
    Command.of(command.toArray(String[]::new)).run(Duration.ofMinutes(1)).ok();
  }
}
