package dev.argon.quorum.model;

import java.util.ArrayList;
import java.util.List;

/// Searches the model for a violation. Ends with 1 if it finds one, and says how it comes to it.
///
/// - `ModelRun` with all bounds of the test's long form, `ModelRun small` with those of its normal
///   form;
/// - `ModelRun ENTRIES CANDIDATES... [detailed]` with others: how long a log can become, and the
///   number of candidates of each term.
public final class ModelRun {

  private ModelRun() {}

  public static void main(String[] arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    boolean detailed = words.remove("detailed");
    List<ModelBounds> all =
        List.of(ModelBounds.DETAILED, ModelBounds.COMPETING, ModelBounds.THREE_TERMS);
    if (words.isEmpty()) {
      all = new ArrayList<>(all);
      all.add(ModelBounds.COMPLETE);
    } else if (!words.equals(List.of("small"))) {
      all =
          List.of(
              new ModelBounds(
                  Integer.parseInt(words.getFirst()),
                  words.stream().skip(1).map(Integer::valueOf).toList(),
                  detailed));
    }
    int statesMax = Integer.getInteger("model.states", Integer.MAX_VALUE);
    for (ModelBounds bounds : all) {
      long started = System.nanoTime();
      ModelSearch.Report report =
          new ModelSearch(bounds, ModelRules.REAL)
              .run(
                  statesMax,
                  (depth, states) ->
                      System.out.printf(
                          "%d steps: %d states, %.0f s%n",
                          depth, states, (System.nanoTime() - started) / 1e9));
      System.out.printf("%s%n%.1f s%n", report, (System.nanoTime() - started) / 1e9);
      if (!report.isGood()) {
        System.exit(1);
      }
    }
  }
}
