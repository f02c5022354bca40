package dev.argon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `argon wal verify --out` on the cluster, in a process of its own.
record VerifyRun(String launcher) {

  /// What came out. `replay` ends where PostgreSQL's redo ends, with pages in memory;
  /// `warmRecordsPerSecond` is without the first seconds, in which the JVM compiles, and
  /// `warmWrittenRecordsPerSecond` the same with all the time that writing the pages took.
  record Result(
      long records,
      long walBytes,
      RedoFigure replay,
      double writeSeconds,
      double warmRecordsPerSecond,
      double warmWrittenRecordsPerSecond) {}

  Result run(CrashedCluster cluster, int threads, List<String> pinning)
      throws IOException, InterruptedException, BenchException {
    Path out = cluster.data().resolveSibling("verified");
    Path json = cluster.data().resolveSibling("verified.json");
    Trees.delete(out);
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >\"$0\"", json.toString()));
    command.addAll(pinning);
    command.addAll(List.of(launcher, "wal", "verify", "--json", "--no-sync"));
    command.addAll(List.of("--base", cluster.data().toString()));
    command.addAll(List.of("--wal", cluster.data().resolve("pg_wal").toString()));
    command.addAll(List.of("--out", out.toString(), "--threads", Integer.toString(threads)));
    try {
      String none = Program.run(command, Map.of());
      return parse(Files.readString(json) + none);
    } finally {
      Trees.delete(out);
    }
  }

  static Result parse(String json) throws BenchException {
    Part warmUp = Part.parse(json, "warm_up");
    Part rest = Part.parse(json, "rest");
    double writeSeconds = number(json, "\"write_milliseconds\": *(\\d+)") / 1e3;
    double seconds = (warmUp.micros() + rest.micros()) / 1e6;
    return new Result(
        warmUp.records() + rest.records(),
        warmUp.bytes() + rest.bytes(),
        new RedoFigure(seconds, (warmUp.cpuMicros() + rest.cpuMicros()) / 1e6),
        writeSeconds,
        rest.micros() == 0 ? 0 : rest.records() * 1e6 / rest.micros(),
        rest.micros() == 0 ? 0 : rest.records() / (rest.micros() / 1e6 + writeSeconds));
  }

  private static long number(String json, String pattern) throws BenchException {
    Matcher field = Pattern.compile(pattern, Pattern.DOTALL).matcher(json);
    if (!field.find()) {
      throw new BenchException("wal verify says nothing of " + pattern + ": " + json.strip());
    }
    return Long.parseLong(field.group(1));
  }

  /// A part of the replay.
  private record Part(long records, long bytes, long micros, long cpuMicros) {

    static Part parse(String json, String name) throws BenchException {
      String object = "\"" + name + "\": *\\{[^}]*?";
      return new Part(
          number(json, object + "\"records\": *(\\d+)"),
          number(json, object + "\"bytes\": *(\\d+)"),
          number(json, object + "\"microseconds\": *(\\d+)"),
          number(json, object + "\"cpu_microseconds\": *(\\d+)"));
    }
  }
}
