package dev.argon.quorum.model;

import java.util.ArrayList;
import java.util.List;

/// Searches the model: `ModelRun` with the test's bounds, `ModelRun ENTRIES CANDIDATES...
/// [detailed]` with others, with the number of candidates of each term. Ends with 1 if it finds a
/// violation, and says how it comes to it.
public final class ModelRun {

  private ModelRun() {}

  public static void main(String[] arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    boolean detailed = words.remove("detailed");
    List<ModelBounds> all =
        List.of(ModelBounds.DETAILED, ModelBounds.COMPETING, ModelBounds.NORMAL);
    if (!words.isEmpty()) {
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
      ModelSearch.Report report = new ModelSearch(bounds, ModelRules.REAL).run(statesMax);
      System.out.printf("%s%n%.1f s%n", report, (System.nanoTime() - started) / 1e9);
      if (!report.isGood()) {
        System.exit(1);
      }
    }
  }
}
