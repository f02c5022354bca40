package dev.argon.it.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

/// When a replica's replay waited for queries there, as its server logs it with
/// `log_recovery_conflict_waits`.
public final class ReplayConflicts {

  private ReplayConflicts() {}

  public static List<String> of(Stack stack, String endpoint) throws IOException {
    try (Stream<String> lines =
        Files.lines(stack.compute(endpoint).directory().resolveSibling("compute.log"))) {
      return lines.filter(line -> line.contains("recovery conflict")).toList();
    }
  }
}
