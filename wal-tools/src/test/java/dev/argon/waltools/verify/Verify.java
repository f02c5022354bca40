package dev.argon.waltools.verify;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;

/// One run of `wal verify`, as a user starts it.
///
/// @param error what the command failed with, empty if it ran to its end
record Verify(int exitCode, String report, String error) {

  static Verify run(Path base, Path wal, String... options) {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("--base", base.toString(), "--wal", wal.toString(), "--no-sync"));
    StringWriter report = new StringWriter();
    StringWriter error = new StringWriter();
    CommandLine line = new CommandLine(new VerifyCommand());
    line.setOut(new PrintWriter(report));
    line.setErr(new PrintWriter(error));
    line.setExecutionExceptionHandler((e, _, _) -> {
      error.append(String.valueOf(e.getMessage()));
      return 1;
    });
    int exitCode = line.execute(arguments.toArray(String[]::new));
    return new Verify(exitCode, report.toString(), error.toString());
  }

  /// Where the log ended, of a report in text.
  String endLsn() {
    Matcher matcher = Pattern.compile("replayed \\S+ to (\\S+)").matcher(report);
    if (!matcher.find()) {
      throw new AssertionError("no end in " + report + error);
    }
    return matcher.group(1);
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
