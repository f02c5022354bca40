package dev.argon.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `argon wal verify --out` on the cluster, in a process of its own.
record VerifyRun(String launcher) {

  /// What `times` of a shell says of its children: user and system, minutes and seconds.
  private static final Pattern TIMES = Pattern.compile("(\\d+)m([0-9.]+)s (\\d+)m([0-9.]+)s");

  /// What came out. `replay` ends where PostgreSQL's redo ends, with pages in memory;
  /// `warmRecordsPerSecond` is without the first seconds, in which the JVM compiles.
  record Result(
      long records,
      long walBytes,
      RedoFigure replay,
      double writeSeconds,
      double warmRecordsPerSecond) {}

  Result run(CrashedCluster cluster, int threads, List<String> pinning)
      throws IOException, InterruptedException, BenchException {
    Path out = cluster.data().resolveSibling("verified");
    Path json = cluster.data().resolveSibling("verified.json");
    Trees.delete(out);
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "\"$@\" >\"$0\" || exit; times", json.toString()));
    command.addAll(pinning);
    command.addAll(List.of(launcher, "wal", "verify", "--json", "--no-sync"));
    command.addAll(List.of("--base", cluster.data().toString()));
    command.addAll(List.of("--wal", cluster.data().resolve("pg_wal").toString()));
    command.addAll(List.of("--out", out.toString(), "--threads", Integer.toString(threads)));
    try {
      String times = run(command);
      return parse(Files.readString(json), times);
    } finally {
      Trees.delete(out);
    }
  }

  private static String run(List<String> command)
      throws IOException, InterruptedException, BenchException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new BenchException(String.join(" ", command) + " failed: " + output.strip());
    }
    return output;
  }

  static Result parse(String json, String times) throws BenchException {
    Part warmUp = Part.parse(json, "warm_up");
    Part rest = Part.parse(json, "rest");
    double writeSeconds = number(json, "\"write_milliseconds\": *(\\d+)") / 1e3;
    Matcher time = TIMES.matcher(times);
    double cpuSeconds = 0;
    while (time.find()) {
      // The second line is the children's; the shell's own is nothing.
      cpuSeconds =
          60 * (Integer.parseInt(time.group(1)) + Integer.parseInt(time.group(3)))
              + Double.parseDouble(time.group(2))
              + Double.parseDouble(time.group(4));
    }
    double seconds = (warmUp.micros() + rest.micros()) / 1e6;
    return new Result(
        warmUp.records() + rest.records(),
        warmUp.bytes() + rest.bytes(),
        new RedoFigure(seconds, cpuSeconds),
        writeSeconds,
        rest.micros() == 0 ? 0 : rest.records() * 1e6 / rest.micros());
  }

  private static long number(String json, String pattern) throws BenchException {
    Matcher field = Pattern.compile(pattern, Pattern.DOTALL).matcher(json);
    if (!field.find()) {
      throw new BenchException("wal verify says nothing of " + pattern + ": " + json.strip());
    }
    return Long.parseLong(field.group(1));
  }

  /// A part of the replay.
  private record Part(long records, long bytes, long micros) {

    static Part parse(String json, String name) throws BenchException {
      String object = "\"" + name + "\": *\\{[^}]*?";
      return new Part(
          number(json, object + "\"records\": *(\\d+)"),
          number(json, object + "\"bytes\": *(\\d+)"),
          number(json, object + "\"microseconds\": *(\\d+)"));
    }
  }
}
