package dev.argon.it.planted;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// A bug of one line, kept as a patch.
///
/// @param name of the file, without its ending
/// @param breaks what it breaks, from the patch's first line
record PlantedBug(String name, String breaks, UnifiedDiff diff) {

  static final Path ROOT =
      Path.of(System.getProperty("argon.root", "..")).toAbsolutePath().normalize();

  private static final Path DIRECTORY = ROOT.resolve("safekeeper/src/test/planted");
  private static final String ENDING = ".patch";
  private static final String BREAKS = "Breaks: ";

  static List<PlantedBug> all() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .filter(file -> file.toString().endsWith(ENDING))
          .sorted()
          .map(PlantedBug::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PlantedBug read(Path file) {
    String fileName = String.valueOf(file.getFileName());
    String name = fileName.substring(0, fileName.length() - ENDING.length());
    try {
      String text = Files.readString(file);
      String first = text.lines().findFirst().orElse("");
      if (!first.startsWith(BREAKS)) {
        throw new AssertionError(file + " does not begin with what it breaks: \"" + BREAKS + "\"");
      }
      return new PlantedBug(name, first.substring(BREAKS.length()), UnifiedDiff.parse(text));
    } catch (IllegalArgumentException e) {
      throw new AssertionError(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The source with the bug.
  ///
  /// @throws AssertionError if the patch fits no more
  String mutated() {
    try {
      return diff.apply(Files.readString(ROOT.resolve(diff.path())));
    } catch (IllegalArgumentException e) {
      throw new AssertionError(
          "planted bug %s: its patch does not apply to %s any more, make it anew: %s"
              .formatted(name, diff.path(), e.getMessage()),
          e);
    } catch (IOException e) {
      throw new AssertionError("planted bug " + name + ": cannot read " + diff.path(), e);
    }
  }

  /// Compiles the source with the bug; everything else is taken from the class path.
  ///
  /// @param directory an empty one
  /// @return where the classes are
  Path compile(Path directory) throws IOException {
    Path source = directory.resolve(Path.of(diff.path()).getFileName());
    Files.writeString(source, mutated());
    Path classes = Files.createDirectory(directory.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> messages = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(messages, null, null)) {
      List<String> options =
          new ArrayList<>(List.of("-proc:none", "-nowarn", "-d", classes.toString()));
      options.addAll(List.of("-cp", System.getProperty("java.class.path")));
      boolean good =
          compiler
              .getTask(null, files, messages, options, null, files.getJavaFileObjects(source))
              .call();
      if (!good) {
        throw new AssertionError(
            "planted bug " + name + " does not compile: " + messages.getDiagnostics());
      }
    }
    return classes;
  }

  boolean isIn(String module) {
    return diff.path().startsWith(module + "/");
  }

  @Override
  public String toString() {
    return name;
  }
}
