package dev.argon.bench;

import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.List;

/// What `argon bench pages` found; lists have one figure for each measurement.
///
/// @param window pages that are asked for ahead
/// @param warm whether the compute had read other pages first
/// @param direct pages per second that the pageserver gives to who throws them away
/// @param scan pages per second of a sequential scan
/// @param windowRate `window` pages in each `delayMillis`
/// @param delayed pages per second of a sequential scan with answers that come later
/// @param directSingle us that one page takes that somebody waits for: median of each measurement
/// @param single us that a query waits longer if its page is not here
/// @param machine processors, memory, kernel, server
@Json(naming = Json.Naming.LowerUnderscore)
public record PagesReport(
    int scale,
    int delayMillis,
    int window,
    boolean warm,
    List<Double> direct,
    List<Double> scan,
    Ratio scanRatio,
    double windowRate,
    List<Double> delayed,
    Ratio delayedRatio,
    List<Double> directSingle,
    List<Double> single,
    Ratio singleRatio,
    String machine) {

  private static final double SECOND_MILLIS = 1e3;

  /// One of all that is measured.
  record Round(double direct, double scan, double delayed, double directSingle, double single) {}

  /// Of figures pair by pair.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Ratio(double median, double min, double max) {

    static Ratio of(List<Double> ratios) {
      List<Double> sorted = new ArrayList<>(ratios);
      sorted.sort(null);
      return new Ratio(Report.median(sorted), sorted.getFirst(), sorted.getLast());
    }

    @Override
    public String toString() {
      return "%.2f (%.2f to %.2f)".formatted(median, min, max);
    }
  }

  static PagesReport of(PagesBench.Options options, List<Round> rounds, String machine) {
    double most = options.window() / (options.delayMillis() / SECOND_MILLIS);
    return new PagesReport(
        options.scale(),
        options.delayMillis(),
        options.window(),
        options.warm(),
        rounds.stream().map(Round::direct).toList(),
        rounds.stream().map(Round::scan).toList(),
        Ratio.of(rounds.stream().map(round -> round.scan() / round.direct()).toList()),
        most,
        rounds.stream().map(Round::delayed).toList(),
        Ratio.of(rounds.stream().map(round -> round.delayed() / most).toList()),
        rounds.stream().map(Round::directSingle).toList(),
        rounds.stream().map(Round::single).toList(),
        Ratio.of(rounds.stream().map(round -> round.single() / round.directSingle()).toList()),
        machine);
  }
}
