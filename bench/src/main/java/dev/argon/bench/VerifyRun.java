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

  private static final double SECOND_NANOS = 1e9;

  /// What came out: `whole` is the replay with the pages written out,
  /// `warmRecordsPerSecond` without the first seconds, in which the JVM compiles.
  record Result(long records, long walBytes, RedoFigure whole, double warmRecordsPerSecond) {}

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
    long records = number(json, "records");
    long nanos = number(json, "replay_nanos") + number(json, "write_nanos");
    long warmRecords = records - number(json, "warm_up_records");
    long warmNanos = number(json, "replay_nanos") - number(json, "warm_up_nanos");
    Matcher time = TIMES.matcher(times);
    double cpuSeconds = 0;
    while (time.find()) {
      // The second line is the children's; the shell's own is nothing.
      cpuSeconds =
          60 * (Integer.parseInt(time.group(1)) + Integer.parseInt(time.group(3)))
              + Double.parseDouble(time.group(2))
              + Double.parseDouble(time.group(4));
    }
    return new Result(
        records,
        number(json, "wal_bytes"),
        new RedoFigure(nanos / SECOND_NANOS, cpuSeconds),
        warmNanos <= 0 ? 0 : warmRecords * SECOND_NANOS / warmNanos);
  }

  private static long number(String json, String name) throws BenchException {
    Matcher field = Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d+)").matcher(json);
    if (!field.find()) {
      throw new BenchException("wal verify says nothing of " + name + ": " + json.strip());
    }
    return Long.parseLong(field.group(1));
  }
}
