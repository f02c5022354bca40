package dev.argon.bench;

import io.avaje.jsonb.Json;
import java.util.List;

/// What a run found.
///
/// @param ratio Argon's figure by stock's, pair by pair: the median
/// @param machine processors, memory, kernel, server
@Json(naming = Json.Naming.LowerUnderscore)
public record Report(
    String load,
    String unit,
    int scale,
    int clients,
    int seconds,
    List<Double> stock,
    List<Double> argon,
    double ratio,
    double ratioMin,
    double ratioMax,
    String machine) {

  static Report of(
      Load load, BenchOptions options, List<Double> stock, List<Double> argon, String machine) {
    List<Double> ratios = new java.util.ArrayList<>();
    for (int i = 0; i < stock.size(); i++) {
      ratios.add(argon.get(i) / stock.get(i));
    }
    ratios.sort(null);
    return new Report(
        load.name().toLowerCase(java.util.Locale.ROOT),
        load.unit(),
        options.scale(),
        options.clients(),
        options.seconds(),
        stock,
        argon,
        median(ratios),
        ratios.getFirst(),
        ratios.getLast(),
        machine);
  }

  /// @param sorted at least one
  static double median(List<Double> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
