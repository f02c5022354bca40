package dev.argon.bench;

import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.List;

/// What `argon bench append` found; lists have one figure for each pair.
///
/// @param inFlight appends sent before the first of them is acknowledged
/// @param raw MB per second into files made as a safekeeper makes its segments
/// @param rawGrowing the same into one growing file
/// @param safekeeper MB per second through one safekeeper
/// @param ratio of `safekeeper` to `raw`, pair by pair: the median
/// @param growingRatio of `safekeeper` to `rawGrowing`
/// @param appendsPerAnswer the safekeeper syncs once for an answer
/// @param cpuMicrosPerAppend user and system, of the safekeeper
/// @param machine processors, memory, kernel, server
@Json(naming = Json.Naming.LowerUnderscore)
public record AppendReport(
    int appends,
    int appendBytes,
    int inFlight,
    boolean committing,
    List<Double> raw,
    List<Double> rawGrowing,
    List<Double> safekeeper,
    double ratio,
    double ratioMin,
    double ratioMax,
    double growingRatio,
    double appendsPerAnswer,
    double cpuMicrosPerAppend,
    String machine) {

  /// One measurement of all three.
  ///
  /// @param rawSeconds into segments
  record Pair(double rawSeconds, double growingSeconds, PushRun.Result push, long cpuMicros) {}

  static AppendReport of(
      AppendBench.Options options, long walBytes, List<Pair> pairs, String machine) {
    double megabytes = walBytes / 1e6;
    List<Double> ratios = new ArrayList<>();
    List<Double> growingRatios = new ArrayList<>();
    List<Double> perAnswer = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (Pair pair : pairs) {
      ratios.add(pair.rawSeconds() / pair.push().seconds());
      growingRatios.add(pair.growingSeconds() / pair.push().seconds());
      perAnswer.add((double) options.appends() / pair.push().answers());
      cpu.add((double) pair.cpuMicros() / options.appends());
    }
    for (List<Double> each : List.of(ratios, growingRatios, perAnswer, cpu)) {
      each.sort(null);
    }
    return new AppendReport(
        options.appends(),
        AppendWal.APPEND_BYTES,
        options.inFlight(),
        options.committing(),
        pairs.stream().map(pair -> megabytes / pair.rawSeconds()).toList(),
        pairs.stream().map(pair -> megabytes / pair.growingSeconds()).toList(),
        pairs.stream().map(pair -> megabytes / pair.push().seconds()).toList(),
        Report.median(ratios),
        ratios.getFirst(),
        ratios.getLast(),
        Report.median(growingRatios),
        Report.median(perAnswer),
        Report.median(cpu),
        machine);
  }
}
