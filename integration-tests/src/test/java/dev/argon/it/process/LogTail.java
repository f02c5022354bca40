package dev.argon.it.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The end of a log file, for the message of a failed test.
public final class LogTail {

  private LogTail() {}

  /// The last `count` lines with the file's name above them; says so if it cannot be read.
  public static String of(Path file, int count) {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
      List<String> last = lines.subList(Math.max(0, lines.size() - count), lines.size());
      return "=== %s%n%s%n".formatted(file, String.join("\n", last));
    } catch (IOException e) {
      return "=== %s cannot be read: %s%n".formatted(file, e);
    }
  }
}
