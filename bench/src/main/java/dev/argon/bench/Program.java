package dev.argon.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Runs a program to its end.
final class Program {

  private Program() {}

  /// @return what it printed on both outputs
  /// @throws BenchException if its exit code is not 0
  static String run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException, BenchException {
    return run(command, environment, Path.of("/dev/null"));
  }

  /// As the other, with a file as its input.
  static String run(List<String> command, Map<String, String> environment, Path input)
      throws IOException, InterruptedException, BenchException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectInput(input.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new BenchException(String.join(" ", command) + " failed: " + output.strip());
    }
    return output;
  }

  /// One SQL statement through psql.
  static String sql(Side side, String statement)
      throws IOException, InterruptedException, BenchException {
    ProcessBuilder builder =
        new ProcessBuilder("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement)
            .redirectErrorStream(true);
    builder.environment().putAll(side.environment());
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.flush();
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new BenchException(statement + " failed: " + output.strip());
    }
    return output.strip();
  }
}
