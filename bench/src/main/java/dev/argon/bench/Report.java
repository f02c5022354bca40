package dev.argon.bench;

import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a run found; lists have one figure for each pair.
///
/// @param against `stock`, or `receivers` if its commits waited for one of two receivers
/// @param pinned processors of client, server and what keeps its WAL; empty if nothing was pinned
/// @param stockTail the 99th percentile, where the figures are latencies; else empty
/// @param stockCpuMicros processor time for a transaction of all processes but the client; empty if
///   the load has no transactions
/// @param ratio Argon's figure by stock's, pair by pair: the median
/// @param cpuRatio the same of processor time, 0 if the load has no transactions
/// @param requestedPages of `select`: reads that found their page neither in a buffer nor in the
///   local files, in each of Argon's runs
/// @param machine processors, memory, kernel, server
@Json(naming = Json.Naming.LowerUnderscore)
public record Report(
    String load,
    String unit,
    String against,
    String pinned,
    int scale,
    int clients,
    int seconds,
    String sharedBuffers,
    List<Double> stock,
    List<Double> argon,
    List<Double> stockTail,
    List<Double> argonTail,
    List<Double> stockCpuMicros,
    List<Double> argonCpuMicros,
    double ratio,
    double ratioMin,
    double ratioMax,
    double cpuRatio,
    List<Long> requestedPages,
    String machine) {

  static Report of(
      Load load,
      BenchOptions options,
      List<Measurement> stock,
      List<Measurement> argon,
      String machine) {
    List<Double> ratios = new ArrayList<>();
    List<Double> cpuRatios = new ArrayList<>();
    for (int i = 0; i < stock.size(); i++) {
      ratios.add(argon.get(i).figure().value() / stock.get(i).figure().value());
      cpuRatios.add(
          stock.get(i).cpuMicros() == 0 ? 0 : argon.get(i).cpuMicros() / stock.get(i).cpuMicros());
    }
    ratios.sort(null);
    cpuRatios.sort(null);
    return new Report(
        load.name().toLowerCase(Locale.ROOT),
        load.unit(),
        options.against().word(),
        options.pinning().map(Pinning::toString).orElse(""),
        options.scale(),
        options.clients(),
        options.seconds(),
        options.sharedBuffers(),
        values(stock),
        values(argon),
        tails(stock),
        tails(argon),
        cpu(stock),
        cpu(argon),
        median(ratios),
        ratios.getFirst(),
        ratios.getLast(),
        median(cpuRatios),
        load == Load.SELECT ? argon.stream().map(Measurement::requestedPages).toList() : List.of(),
        machine);
  }

  private static List<Double> values(List<Measurement> side) {
    return side.stream().map(each -> each.figure().value()).toList();
  }

  private static List<Double> tails(List<Measurement> side) {
    return side.stream().map(each -> each.figure().tail()).filter(tail -> tail > 0).toList();
  }

  private static List<Double> cpu(List<Measurement> side) {
    return side.stream().map(Measurement::cpuMicros).filter(micros -> micros > 0).toList();
  }

  /// @param sorted at least one
  static double median(List<Double> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
