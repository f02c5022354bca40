package dev.argon.quorum.model;

import java.util.ArrayList;
import java.util.List;

/// Searches the model with other bounds than the test's: `ModelRun [ENTRIES CANDIDATES... [peers]]`,
/// with the number of candidates of each term. Ends with 1 if it finds a violation, and says how it
/// comes to it.
public final class ModelRun {

  private ModelRun() {}

  public static void main(String[] arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    boolean peers = words.remove("peers");
    ModelBounds bounds = ModelBounds.NORMAL;
    if (!words.isEmpty()) {
      bounds =
          new ModelBounds(
              Integer.parseInt(words.getFirst()),
              words.stream().skip(1).map(Integer::valueOf).toList(),
              peers);
    }
    long started = System.nanoTime();
    ModelSearch.Report report = new ModelSearch(bounds, ModelRules.REAL).run(Integer.MAX_VALUE);
    System.out.printf("%s%n%.1f s%n", report, (System.nanoTime() - started) / 1e9);
    System.exit(report.isGood() ? 0 : 1);
  }
}
