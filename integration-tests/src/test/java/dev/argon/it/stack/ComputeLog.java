package dev.argon.it.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What an endpoint's compute and its server have logged, in all its starts.
public record ComputeLog(Path file) {

  /// Of one that runs; stays readable when it has stopped.
  public static ComputeLog of(Stack stack, String endpoint) {
    return new ComputeLog(stack.compute(endpoint).directory().resolveSibling("compute.log"));
  }

  /// The lines with `part` in them.
  public List<String> lines(String part) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> line.contains(part)).toList();
    }
  }
}
