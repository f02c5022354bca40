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
  /// @param argon replay from its first record on, records per second
  /// @param argonWritten the same with the time to write the pages out
  /// @param argonWarm replay without the first seconds of the JVM, records per second
  /// @param argonWarmWritten the same with the time to write all pages out
  /// @param stockCpuMicros user and system for each record
  /// @param argonCpuMicros the same of the thread that reads the log, warm-up and all
  /// @param ratio of the warm figure to stock's, pair by pair: the median
  /// @param coldRatio the same of `argon`
  /// @param writtenRatio the same of `argonWritten`
  /// @param warmWrittenRatio the same of `argonWarmWritten`
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Row(
      String load,
      int threads,
      long records,
      long walBytes,
      List<Double> stock,
      List<Double> argon,
      List<Double> argonWritten,
      List<Double> argonWarm,
      List<Double> argonWarmWritten,
      double stockCpuMicros,
      double argonCpuMicros,
      double ratio,
      double ratioMin,
      double ratioMax,
      double coldRatio,
      double writtenRatio,
      double warmWrittenRatio) {}

  /// Geometric mean over the loads.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Mean(
      int threads, double ratio, double coldRatio, double writtenRatio, double warmWrittenRatio) {}

  /// One measurement of both.
  record Pair(RedoFigure stock, VerifyRun.Result argon) {}

  static Row row(String load, int threads, List<Pair> pairs) {
    long records = pairs.getFirst().argon().records();
    List<Double> stock = new ArrayList<>();
    List<Double> argon = new ArrayList<>();
    List<Double> warm = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> written = new ArrayList<>();
    List<Double> coldRatios = new ArrayList<>();
    List<Double> writtenRatios = new ArrayList<>();
    List<Double> warmWritten = new ArrayList<>();
    List<Double> warmWrittenRatios = new ArrayList<>();
    List<Double> stockCpu = new ArrayList<>();
    List<Double> argonCpu = new ArrayList<>();
    for (Pair pair : pairs) {
      double stockRate = records / pair.stock().seconds();
      double seconds = pair.argon().replay().seconds();
      double argonRate = records / seconds;
      double writtenRate = records / (seconds + pair.argon().writeSeconds());
      stock.add(stockRate);
      argon.add(argonRate);
      written.add(writtenRate);
      warm.add(pair.argon().warmRecordsPerSecond());
      double warmWrittenRate = pair.argon().warmWrittenRecordsPerSecond();
      warmWritten.add(warmWrittenRate);
      warmWrittenRatios.add(warmWrittenRate / stockRate);
      ratios.add(pair.argon().warmRecordsPerSecond() / stockRate);
      coldRatios.add(argonRate / stockRate);
      writtenRatios.add(writtenRate / stockRate);
      stockCpu.add(pair.stock().cpuSeconds() * 1e6 / records);
      argonCpu.add(pair.argon().replay().cpuSeconds() * 1e6 / records);
    }
    for (List<Double> sorted :
        List.of(ratios, coldRatios, writtenRatios, warmWrittenRatios, stockCpu, argonCpu)) {
      sorted.sort(null);
    }
    return new Row(
        load,
        threads,
        records,
        pairs.getFirst().argon().walBytes(),
        stock,
        argon,
        written,
        warm,
        warmWritten,
        Report.median(stockCpu),
        Report.median(argonCpu),
        Report.median(ratios),
        ratios.getFirst(),
        ratios.getLast(),
        Report.median(coldRatios),
        Report.median(writtenRatios),
        Report.median(warmWrittenRatios));
  }

  static RedoReport of(List<Row> rows, String machine) {
    List<Mean> means = new ArrayList<>();
    for (int threads : rows.stream().map(Row::threads).distinct().sorted().toList()) {
      List<Row> same = rows.stream().filter(row -> row.threads() == threads).toList();
      means.add(
          new Mean(
              threads,
              geometricMean(same.stream().map(Row::ratio).toList()),
              geometricMean(same.stream().map(Row::coldRatio).toList()),
              geometricMean(same.stream().map(Row::writtenRatio).toList()),
              geometricMean(same.stream().map(Row::warmWrittenRatio).toList())));
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
