package dev.argon.it.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

/// What an endpoint's compute and its server have logged, in all its starts.
public final class ComputeLog {

  private ComputeLog() {}

  /// The lines with `part` in them.
  public static List<String> lines(Stack stack, String endpoint, String part) throws IOException {
    try (Stream<String> lines =
        Files.lines(stack.compute(endpoint).directory().resolveSibling("compute.log"))) {
      return lines.filter(line -> line.contains(part)).toList();
    }
  }
}
