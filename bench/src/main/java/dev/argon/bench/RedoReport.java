package dev.argon.bench;

import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.List;

/// What a comparison of redo found.
///
/// @param machine processors, memory, kernel, server
@Json(naming = Json.Naming.LowerUnderscore)
public record RedoReport(List<Row> rows, List<Mean> means, String machine) {

  /// One load with a number of threads; lists have one figure for each pair.
  ///
  /// @param stock PostgreSQL's crash recovery, records per second
  /// @param argon replay with the pages written out, records per second
  /// @param argonWarm replay without the first seconds of the JVM, records per second
  /// @param stockCpuMicros user and system for each record
  /// @param argonCpuMicros the same, with start and warm-up of the JVM
  /// @param ratio of the warm figure to stock's, pair by pair: the median
  /// @param wholeRatio the same of `argon`
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Row(
      String load,
      int threads,
      long records,
      long walBytes,
      List<Double> stock,
      List<Double> argon,
      List<Double> argonWarm,
      double stockCpuMicros,
      double argonCpuMicros,
      double ratio,
      double ratioMin,
      double ratioMax,
      double wholeRatio) {}

  /// Geometric mean over the loads.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Mean(int threads, double ratio, double wholeRatio) {}

  /// One measurement of both.
  record Pair(RedoFigure stock, VerifyRun.Result argon) {}

  static Row row(String load, int threads, List<Pair> pairs) {
    long records = pairs.getFirst().argon().records();
    List<Double> stock = new ArrayList<>();
    List<Double> argon = new ArrayList<>();
    List<Double> warm = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> wholeRatios = new ArrayList<>();
    List<Double> stockCpu = new ArrayList<>();
    List<Double> argonCpu = new ArrayList<>();
    for (Pair pair : pairs) {
      double stockRate = records / pair.stock().seconds();
      double argonRate = records / pair.argon().whole().seconds();
      stock.add(stockRate);
      argon.add(argonRate);
      warm.add(pair.argon().warmRecordsPerSecond());
      ratios.add(pair.argon().warmRecordsPerSecond() / stockRate);
      wholeRatios.add(argonRate / stockRate);
      stockCpu.add(pair.stock().cpuSeconds() * 1e6 / records);
      argonCpu.add(pair.argon().whole().cpuSeconds() * 1e6 / records);
    }
    for (List<Double> sorted : List.of(ratios, wholeRatios, stockCpu, argonCpu)) {
      sorted.sort(null);
    }
    return new Row(
        load,
        threads,
        records,
        pairs.getFirst().argon().walBytes(),
        stock,
        argon,
        warm,
        Report.median(stockCpu),
        Report.median(argonCpu),
        Report.median(ratios),
        ratios.getFirst(),
        ratios.getLast(),
        Report.median(wholeRatios));
  }

  static RedoReport of(List<Row> rows, String machine) {
    List<Mean> means = new ArrayList<>();
    for (int threads : rows.stream().map(Row::threads).distinct().sorted().toList()) {
      List<Row> same = rows.stream().filter(row -> row.threads() == threads).toList();
      means.add(
          new Mean(
              threads,
              geometricMean(same.stream().map(Row::ratio).toList()),
              geometricMean(same.stream().map(Row::wholeRatio).toList())));
    }
    return new RedoReport(rows, means, machine);
  }

  static double geometricMean(List<Double> values) {
    double logarithms = 0;
    for (double value : values) {
      logarithms += Math.log(value);
    }
    return Math.exp(logarithms / values.size());
  }
}
